import type { JsonObject, ToolResult } from "@hybrid-orchestrator/core";

/** What a model is told of a tool's call. */
export function toolAnswer(result: ToolResult): JsonObject {
  switch (result.status) {
    case "done":
      return { status: "done", result: result.result };
    case "failed":
      return { status: "failed", error: result.error };
    case "refused":
      return { status: "refused", error: result.error };
    case "awaiting_approval":
      return {
        status: "awaiting_approval",
        note: "Not done yet: a human decides whether it may be done. Do not call it again, and do not say that it is done.",
      };
  }
}
