import type { BlockerDetector } from "@hybrid-orchestrator/core";
import { dependency, repeatedFailure, stalled, text, userInactive } from "@hybrid-orchestrator/domain-kit";
import type { Settings } from "./config.js";

/** What keeps an application from going on. */
export function detectorsFor({ blockers }: Settings): Readonly<Record<string, BlockerDetector>> {
  return {
    "financial.user_inactive": userInactive({ seconds: blockers.userInactiveSeconds }),
    "financial.stalled": stalled({
      seconds: blockers.stalledSeconds,
      byStage: blockers.stalledSecondsByStage,
    }),
    "financial.repeated_failure": repeatedFailure({
      failures: ["validation_error", "document_rejected"],
      successes: ["field_valid", "document_accepted"],
      keyOf: (activity) => text(activity, "fieldId") ?? text(activity, "document") ?? "",
      moreThan: blockers.failuresInARow,
    }),
    "financial.dependency": dependency({
      opened: ["document_requested", "document_rejected"],
      settled: ["document_uploaded", "document_accepted"],
      nameOf: (activity) => text(activity, "document"),
      metadataKey: "blockedBy",
    }),
    "financial.compliance_hold": dependency({
      kind: "compliance_hold",
      severity: "high",
      opened: ["compliance_flag"],
      settled: ["compliance_cleared"],
      nameOf: (activity) => text(activity, "flag"),
    }),
  };
}
