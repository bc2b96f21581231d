import { type Decision, OrchestratorError } from "@hybrid-orchestrator/core";
import { ended } from "./words.js";

/** Why a model gave no answer that can be used. `reason` is for people, and holds nothing that the model or its provider said. */
export type Failure = NonNullable<Decision["failure"]>;

/** The decision of an agent that could not decide: nothing is done, and whoever asked may ask again. */
export function couldNotDecide(failure: Failure): Decision {
  const told = { ...failure, reason: ended(failure.reason, 500) };
  return { action: "continue", reasoning: `No decision: ${told.reason}`, confidence: 0, failure: told };
}

/**
 * What an agent throws where it cannot return a decision: `agent_failed`. Without a cause, on purpose: the errors of model
 * clients hold the whole request, and with it what the user wrote.
 */
export function failureError({ reason, retryable }: Omit<Failure, "retryAfterMs">): OrchestratorError {
  return new OrchestratorError("agent_failed", reason, { retryable });
}

/** What such an error, or one of a time limit, says; null for any other. */
export function failureIn(error: unknown): Failure | null {
  if (!OrchestratorError.isInstance(error, "agent_failed") && !OrchestratorError.isInstance(error, "timeout"))
    return null;
  return { reason: ended(error.message, 500), retryable: error.retryable };
}
