import {
  channelsSchema,
  ruleSchema,
  seconds,
  tellsUser,
  tellsWorkers,
  times,
  workflowsSchema,
} from "@hybrid-orchestrator/domain-kit";
import { z } from "zod";

const name = z.string().min(1).max(200);

export const financialServicesDomainConfigSchema = z.strictObject({
  workflows: workflowsSchema,
  /** Whether messages end with `{resumeLink}`, which needs the orchestrator's option `resumeUrl`. */
  resumeLinks: z.boolean().default(false),
  channels: channelsSchema({
    field_guidance: ["voice", "sms"],
    link: ["sms", "email"],
    long_instructions: ["email"],
    compliance: ["dashboard", "slack"],
    supervision: ["slack", "dashboard"],
  }),
  rules: z
    .strictObject({
      form_field_stuck: ruleSchema({
        field: name.default("*"),
        times: times.default(3),
        withinSeconds: seconds.default(60),
        ...tellsUser,
      }),
      repeated_validation_error: ruleSchema({
        times: times.default(3),
        withinSeconds: seconds.default(60),
        ...tellsWorkers,
      }),
      applicant_inactive: ruleSchema({ seconds: seconds.default(120), ...tellsUser }),
      no_progress: ruleSchema({ seconds: seconds.default(600), ...tellsWorkers }),
      compliance_review: ruleSchema({ stage: name.default("submission"), ...tellsWorkers }),
      compliance_flagged: ruleSchema({ ...tellsWorkers }),
      document_rejected: ruleSchema({
        times: times.default(2),
        withinSeconds: seconds.default(86_400),
        ...tellsUser,
      }),
      document_missing: ruleSchema({ seconds: seconds.default(86_400), ...tellsUser }),
      application_abandoned: ruleSchema({ ...tellsUser }),
    })
    .prefault({}),
  blockers: z
    .strictObject({
      userInactiveSeconds: seconds.default(300),
      stalledSeconds: seconds.nullable().default(1_800),
      /** By stage; null: it may last for ever. */
      stalledSecondsByStage: z.record(z.string(), seconds.nullable()).default({}),
      failuresInARow: times.default(3),
    })
    .prefault({}),
});
/** What {@link financialServicesDomain} takes. */
export type FinancialServicesDomainConfig = z.input<typeof financialServicesDomainConfigSchema>;
export type Settings = z.output<typeof financialServicesDomainConfigSchema>;
