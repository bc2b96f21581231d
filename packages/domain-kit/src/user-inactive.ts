import type { BlockerDetector, Severity } from "@hybrid-orchestrator/core";
import { formatDuration } from "./duration.js";
import { severityPast } from "./severity.js";

export interface UserInactiveOptions {
  /** How long the user may be silent. Default: 300 (the paper's). */
  readonly seconds?: number | undefined;
  /** At the threshold; one step more at twice of it. Default: medium. */
  readonly severity?: Severity | undefined;
}

/** Finds that nothing was heard of the user of an active session for so long, since creation if ever. */
export function userInactive({
  seconds = 300,
  severity = "medium",
}: UserInactiveOptions = {}): BlockerDetector {
  return ({ session, now }) => {
    const since = session.lastActivityAt.user ?? session.createdAt;
    const silentMs = now - since;
    if (session.status !== "active" || silentMs < seconds * 1_000) return [];
    return [
      {
        kind: "user_inactive",
        severity: severityPast(silentMs / (seconds * 1_000), severity),
        description: `The user has been silent for ${formatDuration(silentMs)}.`,
      },
    ];
  };
}
