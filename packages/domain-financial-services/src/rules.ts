import type { TriggerInput } from "@hybrid-orchestrator/core";
import { rule } from "@hybrid-orchestrator/domain-kit";
import type { Settings } from "./config.js";

/** The domain's triggers, those of the paper among them: `form_field_stuck`, `compliance_review`. */
export function triggersFor({ rules, resumeLinks }: Settings): readonly TriggerInput[] {
  const link = resumeLinks ? " {resumeLink}" : "";
  const texts = (english: string, german: string) => ({ default: english + link, de: german + link });
  const stuck = rules.form_field_stuck;
  const errors = rules.repeated_validation_error;
  const rejected = rules.document_rejected;
  return [
    ...rule(stuck, {
      name: "financial.form_field_stuck",
      description: "One field was changed again and again.",
      condition: {
        type: "field_error",
        field: stuck.field,
        times: stuck.times,
        withinSeconds: stuck.withinSeconds,
      },
      action: {
        type: "send",
        need: "financial.field_guidance",
        urgency: "high",
        message: {
          default: "You have changed one field several times. I can tell you what it needs.",
          de: "Sie haben ein Feld mehrmals geändert. Ich kann Ihnen sagen, was dort hineingehört.",
        },
      },
    }),
    ...rule(errors, {
      name: "financial.repeated_validation_error",
      description: "Entries were refused again and again.",
      condition: {
        type: "repeated_error",
        activity: "validation_error",
        times: errors.times,
        withinSeconds: errors.withinSeconds,
      },
      action: {
        type: "send",
        to: "worker",
        need: "financial.supervision",
        message: {
          default: "Application {reference}: the form has refused several entries in a row.",
          de: "Antrag {reference}: Das Formular hat mehrere Eingaben hintereinander abgelehnt.",
        },
      },
    }),
    ...rule(rules.applicant_inactive, {
      name: "financial.applicant_inactive",
      description: "The applicant has stopped.",
      condition: { type: "no_activity", seconds: rules.applicant_inactive.seconds },
      maxFires: 2,
      cooldownSeconds: 300,
      action: {
        type: "send",
        need: "financial.link",
        message: texts(
          "Your entries are saved. You can go on with your application at any time.",
          "Ihre Eingaben sind gespeichert. Sie können Ihren Antrag jederzeit fortsetzen.",
        ),
      },
    }),
    ...rule(rules.no_progress, {
      name: "financial.no_progress",
      description: "The applicant is there and comes to no other step.",
      condition: {
        type: "all",
        conditions: [
          { type: "no_progress", marker: "stage", seconds: rules.no_progress.seconds },
          { type: "not", condition: { type: "no_activity", seconds: 120 } },
        ],
      },
      action: {
        type: "send",
        to: "worker",
        need: "financial.supervision",
        message: {
          default: "Application {reference}: the applicant is active and does not get to the next step.",
          de: "Antrag {reference}: Die Person ist aktiv und kommt nicht zum nächsten Schritt.",
        },
      },
    }),
    ...rule(rules.compliance_review, {
      name: "financial.compliance_review",
      description: "The application has reached the stage at which a person must look at it.",
      condition: { type: "reached_stage", stage: rules.compliance_review.stage },
      action: [
        { type: "escalate", reason: "The application is ready for compliance review." },
        {
          type: "send",
          to: "worker",
          need: "financial.compliance",
          message: {
            default: "Application {reference} is ready for compliance review.",
            de: "Antrag {reference} ist bereit für die Compliance-Prüfung.",
          },
        },
      ],
    }),
    ...rule(rules.compliance_flagged, {
      name: "financial.compliance_flagged",
      description: "A check has raised a compliance flag.",
      condition: { type: "rate", activity: "compliance_flag", times: 1, withinSeconds: 60 },
      maxFires: 10,
      severity: "high",
      action: [
        { type: "escalate", reason: "A check has raised a compliance flag." },
        {
          type: "send",
          to: "worker",
          need: "financial.compliance",
          urgency: "high",
          message: {
            default: "Application {reference}: a check has raised a compliance flag. Please decide.",
            de: "Antrag {reference}: Eine Prüfung hat einen Compliance-Hinweis gemeldet. Bitte entscheiden.",
          },
        },
      ],
    }),
    ...rule(rejected, {
      name: "financial.document_rejected",
      description: "Documents were rejected again and again.",
      condition: {
        type: "rate",
        activity: "document_rejected",
        times: rejected.times,
        withinSeconds: rejected.withinSeconds,
      },
      action: {
        type: "send",
        need: "financial.long_instructions",
        message: texts(
          "Your document could not be read. Take the photo in daylight, with all four corners and no reflections, and upload it again.",
          "Ihr Dokument war nicht lesbar. Fotografieren Sie es bei Tageslicht, mit allen vier Ecken und ohne Spiegelung, und laden Sie es noch einmal hoch.",
        ),
      },
    }),
    ...rule(rules.document_missing, {
      name: "financial.document_missing",
      description: "A document was asked for, and none has come.",
      condition: {
        type: "absence_after",
        step: { activity: "document_requested" },
        without: { activity: "document_uploaded" },
        seconds: rules.document_missing.seconds,
      },
      action: {
        type: "send",
        kind: "follow_up",
        need: "financial.link",
        message: texts(
          "We still need a document for your application. Please upload it.",
          "Für Ihren Antrag fehlt noch ein Dokument. Bitte laden Sie es hoch.",
        ),
      },
    }),
    ...rule(rules.application_abandoned, {
      name: "financial.application_abandoned",
      description: "The applicant has left.",
      condition: { type: "status_changed", to: "abandoned" },
      action: {
        type: "send",
        kind: "follow_up",
        need: "financial.link",
        message: texts(
          "Your application is not finished. Your entries are saved.",
          "Ihr Antrag ist noch nicht fertig. Ihre Eingaben sind gespeichert.",
        ),
      },
    }),
  ];
}
