import type { TriggerInput } from "@hybrid-orchestrator/core";

/** Three rules as an application has them: a silence, a struggle, errors. */
export const threeTriggers: readonly TriggerInput[] = [
  { name: "quiet", condition: { type: "no_activity", seconds: 600 }, action: { type: "send", to: "worker" } },
  {
    name: "struggle",
    condition: { type: "field_error", times: 3, withinSeconds: 60 },
    action: { type: "send" },
  },
  {
    name: "errors",
    condition: { type: "repeated_error", times: 3, withinSeconds: 60 },
    action: { type: "escalate" },
  },
];

/** One silence, long enough never to come due while something else is measured. */
export const oneSilence: readonly TriggerInput[] = [
  {
    name: "quiet",
    condition: { type: "no_activity", seconds: 80_000 },
    action: { type: "send", to: "worker" },
  },
];

/** What a user who fills in a form of 40 fields does: nothing of it makes a rule fire. */
export function fieldChange(n: number) {
  return { type: "field_change", data: { fieldId: `field_${n % 40}`, step: n % 5 } };
}
