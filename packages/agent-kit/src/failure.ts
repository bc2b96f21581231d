import { type Decision, OrchestratorError } from "@hybrid-orchestrator/core";

/** Why a model gave no answer that can be used. `reason` is for people, and holds nothing that the model or its provider said. */
export type Failure = NonNullable<Decision["failure"]>;

/** The decision of an agent that could not decide: nothing is done, and whoever asked may ask again. */
export function couldNotDecide(failure: Failure): Decision {
  return { action: "continue", reasoning: failure.reason, confidence: 0, failure };
}

/**
 * What an agent throws where it cannot return a decision: `agent_failed`. Without a cause, on purpose: the errors of model
 * clients hold the whole request, and with it what the user wrote.
 */
export function failureError({ reason, retryable }: Failure): OrchestratorError {
  return new OrchestratorError("agent_failed", reason, { retryable });
}
