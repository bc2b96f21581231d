import { type Privacy, toolAnswer, toolRunner, toolsByName } from "@hybrid-orchestrator/agent-kit";
import type { OfferedTool } from "@hybrid-orchestrator/core";
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

export interface ToolsOptions {
  readonly maxToolRounds: number;
  readonly privacy: Privacy;
  readonly signal: AbortSignal;
}

export function offer(
  tools: readonly OfferedTool[],
  { maxToolRounds, privacy, signal }: ToolsOptions,
): Tools {
  const named = toolsByName(maxToolRounds === 0 ? [] : tools);
  const runner = toolRunner(named);
  let round = 0;

  async function call(name: string, callId: string, args: unknown): Promise<string> {
    const result =
      round < maxToolRounds
        ? await runner.run({ name, callId, args }, signal)
        : {
            status: "refused" as const,
            error: "No more tools can be called. Answer now with what you know.",
          };
    return toolAnswer(result, privacy).text;
  }

  const set: ToolSet = Object.fromEntries(
    [...named].map(([name, { description, parameters }]) => [
      name,
      tool({
        description,
        inputSchema: jsonSchema<unknown>(parameters as Parameters<typeof jsonSchema>[0]),
        execute: (args: unknown, { toolCallId }) => call(name, toolCallId, args),
      }),
    ]),
  );
  return {
    set: named.size === 0 ? undefined : set,
    awaiting: runner.awaiting,
    beginRound(next) {
      round = next;
    },
  };
}
