import { OrchestratorError } from "@hybrid-orchestrator/core";
import { errors } from "undici";

/** What was thrown on the way, as a coded error. It names the host alone: paths and headers hold secrets. */
export function requestError(thrown: unknown, host: string): OrchestratorError {
  if (OrchestratorError.isInstance(thrown)) return thrown;
  if (thrown instanceof errors.ConnectTimeoutError)
    return new OrchestratorError("timeout", `Connecting to ${host} took too long.`, { cause: thrown });
  if (
    thrown instanceof errors.InvalidArgumentError ||
    thrown instanceof errors.NotSupportedError ||
    thrown instanceof errors.RequestContentLengthMismatchError
  )
    return new OrchestratorError("invalid_argument", `The request is not valid: ${thrown.message}.`);
  return new OrchestratorError("network_failed", `The request to ${host} failed (${codeOf(thrown)}).`, {
    cause: thrown,
  });
}

function codeOf(thrown: unknown): string {
  if (typeof thrown === "object" && thrown !== null && "code" in thrown) return String(thrown.code);
  return "no code";
}
