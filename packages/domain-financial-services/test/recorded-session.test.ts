import { expect, it } from "vitest";
import { relive } from "../../domain-kit/test/recorded-session.js";
import { financialServicesDomain } from "../src/index.js";

it("an application is accompanied as its README tells", async () => {
  const { kept, ...told } = await relive(
    new URL("fixtures/application.jsonl", import.meta.url),
    financialServicesDomain(),
    { blockersAt: [150, 350, 800, 90_000] },
  );
  expect(kept).not.toMatch(/078-05-11|4111 1111|DE89|0532/);
  expect(kept).toContain("••••1111");
  expect(told).toMatchInlineSnapshot(`
    {
      "blockers": {
        "150": [
          "repeated_failure medium: ssn has failed 4 times in a row.",
        ],
        "350": [
          "dependency medium: It waits for driving licence.",
        ],
        "800": [
          "compliance_hold high: It waits for name on a sanctions list.",
        ],
        "90000": [
          "user_inactive high: The user has been silent for 1 d.",
          "stalled high: It has been at the stage submission for 1 d, and 30 min is expected.",
          "dependency medium: It waits for payslip.",
        ],
      },
      "escalated": [
        "790 trigger:financial.compliance_review: The application is ready for compliance review.",
        "795 trigger:financial.compliance_flagged: A check has raised a compliance flag.",
      ],
      "events": 38,
      "fired": [
        "109 financial.form_field_stuck",
        "110 financial.repeated_validation_error",
        "338 financial.document_rejected",
        "450 financial.applicant_inactive",
        "700 financial.no_progress",
        "790 financial.compliance_review",
        "795 financial.compliance_flagged",
        "910 financial.applicant_inactive",
        "87910 financial.document_missing",
      ],
      "sent": [
        "109 voice to user: You have changed one field several times. I can tell you what it needs.",
        "110 slack to worker: Application A-1042: the form has refused several entries in a row.",
        "338 email to user: Your document could not be read. Take the photo in daylight, with all four corners and no reflections, and upload it again.",
        "450 sms to user: Your entries are saved. You can go on with your application at any time.",
        "700 slack to worker: Application A-1042: the applicant is active and does not get to the next step.",
        "790 dashboard to worker: Application A-1042 is ready for compliance review.",
        "795 dashboard to worker: Application A-1042: a check has raised a compliance flag. Please decide.",
        "910 sms to user: Your entries are saved. You can go on with your application at any time.",
        "87910 sms to user: We still need a document for your application. Please upload it.",
      ],
      "uiActions": [],
    }
  `);
});
