import type { SessionChange } from "@hybrid-orchestrator/core";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { keepSummary } from "./summaries.js";
import type { Notices, SessionWork } from "./work.js";

/** Something that one session is to take in. */
export interface Input<Outcome> {
  /** When it arrived: given once, kept through every retry. */
  readonly receivedAt: number;
  /**
   * Decides it: checks everything first and alters nothing when it throws an OrchestratorError, the refusal.
   * May be called again on a fresh snapshot.
   */
  apply(work: SessionWork): Outcome;
  /** The input moves through time itself, because its parts have times of their own. */
  readonly ownTiming?: boolean;
  /** The access token it came with, which must be the session's. */
  readonly tokenHash?: string;
  /** Finished effects that it is about. */
  readonly effectIds?: readonly string[];
  /** Escalations that it is about, ended ones among them. */
  readonly escalationIds?: readonly string[];
  readonly idempotencyKey?: string;
}

export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

export interface Decided {
  /** Null: nothing to commit, and so no commit to prove that the snapshot was current. */
  readonly change: SessionChange | null;
  /** One for each input, in order. */
  readonly outcomes: readonly Outcome[];
  readonly notices: Notices;
}

/** Decides all inputs of one session in order of arrival. The work is altered even when nothing is committed. */
export function decide(work: SessionWork, inputs: readonly Input<unknown>[]): Decided {
  const outcomes = inputs.map((input) => applyOne(work, input));
  keepSummary(work);
  const change = work.takeChange();
  return { change, outcomes, notices: work.takeNotices() };
}

function applyOne(work: SessionWork, input: Input<unknown>): Outcome {
  const at = Math.max(input.receivedAt, work.session.evaluatedAt);
  work.now = at;
  if (!input.ownTiming) work.advanceTo(at);
  const before = work.mutations;
  try {
    requireToken(work, input, at);
    return { ok: true, value: input.apply(work) };
  } catch (error) {
    const altered = !input.ownTiming && work.mutations !== before;
    if (OrchestratorError.isInstance(error) && error.code !== "internal" && !altered)
      return { ok: false, error };
    throw error;
  }
}

function requireToken(work: SessionWork, input: Input<unknown>, at: number): void {
  if (input.tokenHash === undefined || work.hasToken(input.tokenHash, at)) return;
  throw new OrchestratorError(
    "session_not_found",
    "No session has that access token, or the token has expired.",
  );
}
