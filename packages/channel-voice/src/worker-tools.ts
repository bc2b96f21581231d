import { errorMessage, hashParts, type PluginHost, suggestName } from "@hybrid-orchestrator/core";
import type { CallOf } from "./call-sessions.js";
import type { ToolCall } from "./server-message.js";
import type { ToolResult } from "./tools.js";

/** What a called worker can have the assistant do, and the variable with the token for it. */
const tools: Readonly<Record<string, "accept" | "decline">> = {
  acceptRequest: "accept",
  declineRequest: "decline",
};

/** The tools of a call to a worker. Each counts once, however often Vapi repeats it. */
export function workerTools(
  { receive, logger }: PluginHost,
  channel: string,
): (tool: ToolCall, call: CallOf) => Promise<ToolResult> {
  return async ({ id: toolCallId, name }, { id, assistantOverrides }) => {
    const variable = Object.hasOwn(tools, name) ? tools[name] : undefined;
    if (variable === undefined) {
      const advice = suggestName(name, Object.keys(tools)).replace(/^; /, "");
      return { toolCallId, error: `There is no tool of that name; ${advice}.`.slice(0, 300) };
    }
    const action = assistantOverrides?.variableValues?.[variable];
    if (action === undefined) return said(toolCallId, { status: "nothing_to_answer" });
    try {
      const received = await receive({
        channel,
        externalId: `tool:${hashParts(id, toolCallId)}`,
        text: variable,
        action,
      });
      switch (received.status) {
        case "acknowledged":
        case "refused":
          return said(toolCallId, { status: received.status, say: received.reply });
        default:
          return said(toolCallId, { status: "nothing_to_answer" });
      }
    } catch (error) {
      logger.warn("a tool of the voice channel failed", { tool: name, error: errorMessage(error) });
      return { toolCallId, error: "That did not work just now; go on without it." };
    }
  };
}

function said(toolCallId: string, answer: Readonly<Record<string, unknown>>): ToolResult {
  return { toolCallId, result: JSON.stringify(answer) };
}
