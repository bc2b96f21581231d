import type { BlockerDetector } from "@hybrid-orchestrator/core";
import {
  currentStage,
  dependency,
  repeatedFailure,
  stalled,
  text,
  userInactive,
} from "@hybrid-orchestrator/domain-kit";
import type { Settings } from "./config.js";

/** What keeps a pull request from going on. */
export function detectorsFor({ blockers }: Settings): Readonly<Record<string, BlockerDetector>> {
  return {
    "software.user_inactive": userInactive({ seconds: blockers.userInactiveSeconds, severity: "low" }),
    "software.stalled": stalled({
      seconds: blockers.stalledSeconds,
      byStage: { draft: null, merged: null, closed: null },
    }),
    "software.repeated_failure": repeatedFailure({
      failures: ["check_failed"],
      successes: ["check_passed"],
      keyOf: (activity) => text(activity, "check") ?? "",
      moreThan: blockers.failuresInARow,
    }),
    "software.dependency": dependency({
      opened: ["pull_request_blocked"],
      settled: ["pull_request_unblocked"],
      metadataKey: "blockedBy",
    }),
    "software.changes_requested": ({ activities }) =>
      currentStage(activities)?.stage === "changes_requested"
        ? [
            {
              kind: "changes_requested",
              severity: "low",
              description: "A review asks for changes, and none has come.",
            },
          ]
        : [],
  };
}
