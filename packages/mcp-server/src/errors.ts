import { type ErrorCode, errorCodes, type Logger, OrchestratorError } from "@hybrid-orchestrator/core";
import type { CallToolResult } from "@modelcontextprotocol/server";

/** What a model can do about it. Of these codes the message is told, too: it is about what the client itself gave. */
const advice: Partial<Record<ErrorCode, string>> = {
  invalid_argument: "Change the argument and call again.",
  invalid_json: "Change the argument and call again.",
  data_too_large: "Send less.",
  session_not_found: "Check it, or start a session with start_session.",
  session_closed: "Start another session with start_session.",
  session_expired: "Start another session with start_session.",
  session_exists: "Choose another external id.",
  invalid_transition: "Read the session with get_session.",
  not_found: "Check the id.",
  escalation_ended: "Read how it ended with await_human.",
  escalation_limit: "People were asked often already. Do without, or try again in an hour.",
  stale_epoch: "A human has the session. Wait with await_human.",
  approval_mismatch: "Read how it stands with await_human.",
  invalid_cursor: "Leave the cursor out to read from the beginning.",
  unavailable: "Try again in a moment.",
};

/** A failed call as the model sees it: its code, what was wrong, what to do. Nothing of the inside. */
export function toolError(error: unknown, logger: Logger, tool: string): CallToolResult {
  if (!OrchestratorError.isInstance(error)) {
    logger.error("An MCP tool failed.", { tool, error: error instanceof Error ? error.message : "unknown" });
    return failed("internal", "The server failed. What was asked for may or may not have been done.");
  }
  const { code, message, retryable } = error;
  const known = advice[code];
  if (known !== undefined) return failed(code, `${message} ${known}`);
  logger.error("An MCP tool failed.", { tool, code, error: message });
  const again = retryable ? "The same call may work later." : "The same call will not work.";
  // Whoever set the server up has to know why; the client only needs that asking is no use.
  if (code === "invalid_configuration") return failed(code, `This server is not set up for that. ${again}`);
  return failed(code, `${errorCodes[code].meaning} ${again}`);
}

function failed(code: ErrorCode, text: string): CallToolResult {
  return { isError: true, content: [{ type: "text", text: `${code}: ${text}` }] };
}
