import type { Escalation, JsonObject } from "@hybrid-orchestrator/core";

/** What a worker asked for, and what the answer was. */
export interface Call {
  readonly act: string;
  readonly sessionId: string;
  readonly escalationId: string | null;
  readonly worker: string | null;
  /** The claim epoch that it said it saw. */
  readonly claimEpoch: number | null;
  /** Words that stand in the log if it had an effect; null where it leaves none. */
  readonly marker: string | null;
  readonly askedAt: number;
  readonly answeredAt: number;
  /** `unknown`: the storage failed or the node died, so it may have happened. */
  readonly outcome: "done" | "refused" | "unknown";
  readonly code: string | null;
  readonly error: string | null;
  /** What a decision allows to be run; null where it allows nothing. */
  readonly allows: JsonObject | null;
  /** What a claim that was granted says of itself. */
  readonly granted: Pick<Escalation, "claimEpoch" | "holder"> | null;
}

/** Answers after which nothing has happened. */
export const refusals: ReadonlySet<string> = new Set([
  "not_holder",
  "escalation_taken",
  "escalation_ended",
  "stale_epoch",
  "no_capacity",
  "not_eligible",
  "escalation_limit",
  "invalid_argument",
  "approval_mismatch",
  "session_closed",
  "session_expired",
  "invalid_transition",
  "not_found",
]);
