import type { BlockerDetector } from "@hybrid-orchestrator/core";
import { dependency, repeatedFailure, stalled, userInactive } from "@hybrid-orchestrator/domain-kit";
import type { Settings } from "./config.js";

/** What keeps a case from going on. */
export function detectorsFor({ blockers }: Settings): Readonly<Record<string, BlockerDetector>> {
  const inactive = userInactive({ seconds: blockers.userInactiveSeconds });
  return {
    // A customer who waits for us is not the one who is silent.
    "support.user_inactive": (input) => {
      const last = input.activities.findLast(({ type }) => type === "message" || type.endsWith("_reply"));
      return last?.type === "message" ? [] : inactive(input);
    },
    "support.stalled": stalled({ seconds: null, byStage: blockers.stalledSecondsByStatus }),
    "support.repeated_failure": repeatedFailure({
      failures: ["not_understood"],
      successes: ["*_reply"],
      moreThan: blockers.failuresInARow,
    }),
    "support.dependency": dependency({
      opened: ["waiting_started"],
      settled: ["waiting_ended"],
      metadataKey: "blockedBy",
    }),
    "support.negative_sentiment": ({ activities }) => {
      const last = activities.findLast(({ data }) => typeof data.sentiment === "number")?.data.sentiment;
      return typeof last === "number" && last < blockers.sentimentBelow
        ? [{ kind: "negative_sentiment", severity: "high", description: "The customer is upset." }]
        : [];
    },
  };
}
