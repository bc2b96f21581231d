import type { TriggerInput } from "@hybrid-orchestrator/core";
import type { Settings } from "./config.js";

/** What to notice and what to do then. Their names begin with the domain's, so that they meet no other's. */
export function triggersFor({ silenceSeconds, workerChannel }: Settings): readonly TriggerInput[] {
  return [
    {
      name: "sample-name.silent",
      description: "The user has stopped in the middle of an application.",
      condition: { type: "no_activity", seconds: silenceSeconds },
      action: {
        type: "send",
        to: "worker",
        message: "{name} has stopped in the middle of an application.",
        urgency: "high",
        ...(workerChannel !== undefined && { channel: workerChannel }),
      },
    },
    {
      name: "sample-name.rejected-twice",
      description: "The checks have rejected the application twice.",
      condition: { type: "rate", activity: "document_rejected", times: 2, withinSeconds: 3_600 },
      action: { type: "ask_agent", reason: "rejected twice" },
      severity: "high",
    },
  ];
}
