import { toolAnswer } from "@hybrid-orchestrator/agent-kit";
import type { AgentInput, JsonObject, OfferedTool } from "@hybrid-orchestrator/core";
import { jsonSchema, type ToolSet, tool } from "ai";

/** The tools of one call of the agent, and what became of them. */
export interface Tools {
  /** Undefined where there are none: some providers take no empty list. */
  readonly set: ToolSet | undefined;
  /** What waits for a human to allow it. */
  readonly awaiting: readonly { readonly name: string; readonly approvalId: string }[];
  /** Calls in a later round are answered without being done, so that the model comes to an end. */
  beginRound(round: number): void;
}

export function offer(input: AgentInput, maxToolRounds: number): Tools {
  const awaiting: { name: string; approvalId: string }[] = [];
  const offered = maxToolRounds === 0 ? [] : (input.tools ?? []);
  let round = 0;

  async function call(offeredTool: OfferedTool, callId: string, args: unknown): Promise<JsonObject> {
    if (round >= maxToolRounds)
      return toolAnswer({ status: "refused", error: "No more tools in this turn. Come to an end now." });
    if (awaiting.length > 0)
      return toolAnswer({
        status: "refused",
        error: "A call before this one waits for a human. End your turn.",
      });
    if (!isObject(args)) return toolAnswer({ status: "refused", error: "The arguments must be an object." });
    const result = await offeredTool.call({ callId, args });
    if (result.status === "awaiting_approval")
      awaiting.push({ name: offeredTool.name, approvalId: result.approvalId });
    return toolAnswer(result);
  }

  const set: ToolSet = Object.fromEntries(
    offered.map((offeredTool) => [
      offeredTool.name,
      tool({
        description: offeredTool.description,
        inputSchema: jsonSchema<unknown>(offeredTool.parameters as Parameters<typeof jsonSchema>[0]),
        execute: (args: unknown, { toolCallId }) => call(offeredTool, toolCallId, args),
      }),
    ]),
  );
  return {
    set: offered.length === 0 ? undefined : set,
    awaiting,
    beginRound(next) {
      round = next;
    },
  };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
