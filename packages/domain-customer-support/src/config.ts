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

const label = z.string().min(1).max(200);
const score = z.number().min(0).max(1);

export const customerSupportDomainConfigSchema = z.strictObject({
  workflows: workflowsSchema,
  channels: channelsSchema({
    customer: ["sms", "email"],
    team: ["slack", "dashboard"],
    overview: ["dashboard"],
  }),
  rules: z
    .strictObject({
      sentiment_drop: ruleSchema({ threshold: score.default(0.3), ...tellsWorkers }),
      sentiment_falling: ruleSchema({ times: times.default(3), ...tellsWorkers }),
      topic_out_of_scope: ruleSchema({ label: label.default("out_of_scope"), ...tellsUser, ...tellsWorkers }),
      human_requested: ruleSchema({ label: label.default("human_requested"), ...tellsUser, ...tellsWorkers }),
      not_understood: ruleSchema({
        times: times.default(3),
        withinSeconds: seconds.default(300),
        ...tellsWorkers,
      }),
      customer_waiting: ruleSchema({ seconds: seconds.default(300), ...tellsWorkers }),
      customer_inactive: ruleSchema({ seconds: seconds.default(300), ...tellsUser }),
      reopened: ruleSchema({
        times: times.default(2),
        withinSeconds: seconds.default(7 * 86_400),
        ...tellsWorkers,
      }),
    })
    .prefault({}),
  blockers: z
    .strictObject({
      userInactiveSeconds: seconds.default(300),
      /** By the status of the ticket; null: it may last for ever. */
      stalledSecondsByStatus: z
        .record(z.string(), seconds.nullable())
        .default({ new: 900, open: 14_400, pending: null, hold: 259_200, solved: null, closed: null }),
      failuresInARow: times.default(3),
      sentimentBelow: score.default(0.3),
    })
    .prefault({}),
});
/** What {@link customerSupportDomain} takes. */
export type CustomerSupportDomainConfig = z.input<typeof customerSupportDomainConfigSchema>;
export type Settings = z.output<typeof customerSupportDomainConfigSchema>;
