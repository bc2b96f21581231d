import {
  channelsSchema,
  ruleSchema,
  seconds,
  tellsWorkers,
  times,
  workflowsSchema,
} from "@hybrid-orchestrator/domain-kit";
import { z } from "zod";

const names = z.array(z.string().min(1).max(100));

export const softwareDevelopmentDomainConfigSchema = z.strictObject({
  workflows: workflowsSchema,
  /** Logins of coding agents, e.g. `my-agent[bot]`: what they do is the AI's. */
  agents: names.default([]),
  /** Which events tell whether tests fail; more than one counts one failure more than once. */
  checks: z
    .array(z.enum(["check_run", "check_suite", "workflow_run"]))
    .min(1)
    .default(["workflow_run"]),
  /** Labels that say that a pull request waits for something else. */
  blockingLabels: names.default(["blocked"]),
  channels: channelsSchema({ team: ["slack", "email"], overview: ["dashboard"] }),
  rules: z
    .strictObject({
      tests_failing: ruleSchema({
        times: times.default(3),
        withinSeconds: seconds.default(86_400),
        ...tellsWorkers,
      }),
      pr_stale: ruleSchema({ seconds: seconds.default(86_400), ...tellsWorkers }),
      review_overdue: ruleSchema({ seconds: seconds.default(28_800), ...tellsWorkers }),
      review_loop: ruleSchema({
        times: times.default(3),
        withinSeconds: seconds.default(7 * 86_400),
        ...tellsWorkers,
      }),
      pr_blocked: ruleSchema({ ...tellsWorkers }),
    })
    .prefault({}),
  blockers: z
    .strictObject({
      userInactiveSeconds: seconds.default(86_400),
      stalledSeconds: seconds.nullable().default(86_400),
      failuresInARow: times.default(3),
    })
    .prefault({}),
});
/** What {@link softwareDevelopmentDomain} takes. */
export type SoftwareDevelopmentDomainConfig = z.input<typeof softwareDevelopmentDomainConfigSchema>;
export type Settings = z.output<typeof softwareDevelopmentDomainConfigSchema>;
