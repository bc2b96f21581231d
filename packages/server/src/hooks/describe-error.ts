import { type JsonObject, OrchestratorError } from "@hybrid-orchestrator/core";

/**
 * What is logged of something a handler threw. Messages of our own errors never hold secrets. Others may quote the
 * request (`JSON.parse` quotes the body), so they are known by kind, code and place in the source.
 */
export function describeError(thrown: unknown): JsonObject {
  if (OrchestratorError.isInstance(thrown)) return { error: thrown.message, code: thrown.code };
  if (!(thrown instanceof Error)) return { error: `a thrown ${typeof thrown}` };
  const code = "code" in thrown ? thrown.code : undefined;
  const at = placeOf(thrown);
  return {
    error: /^\w{1,100}$/.test(thrown.name) ? thrown.name : "Error",
    ...(typeof code === "string" && /^[A-Z\d_]{1,100}$/.test(code) && { code }),
    ...(at !== undefined && { at }),
  };
}

/** The first frame of the stack, looked for behind the message, which may hold lines of its own. */
function placeOf({ stack = "", message }: Error): string | undefined {
  const start = stack.indexOf(message);
  if (start < 0) return undefined;
  const frame = /^\s+at (.{1,300})$/m.exec(stack.slice(start + message.length));
  return frame?.[1];
}
