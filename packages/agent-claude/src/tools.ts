import type { ContentBlock, ToolResultBlockParam } from "@anthropic-ai/sdk/resources/messages";
import { type Privacy, toolAnswer, toolRunner, toolsByName } from "@hybrid-orchestrator/agent-kit";
import type { OfferedTool } from "@hybrid-orchestrator/core";

interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly input_schema: { readonly type: "object"; readonly [key: string]: unknown };
}

/** The tools of one call of the agent, as the API takes them. */
export interface Toolbox {
  readonly definitions: readonly ToolDefinition[];
  /** Runs what an answer asks for, one after the other. */
  run(
    content: readonly ContentBlock[],
    signal: AbortSignal,
  ): Promise<{ readonly results: ToolResultBlockParam[]; readonly humanAsked: boolean }>;
}

export function createToolbox(tools: readonly OfferedTool[], privacy: Privacy): Toolbox {
  const named = toolsByName(tools);
  const runner = toolRunner(named);
  return {
    definitions: [...named].map(([name, { description, parameters }]) => ({
      name,
      description,
      input_schema: { ...parameters, type: "object" },
    })),
    async run(content, signal) {
      const results: ToolResultBlockParam[] = [];
      for (const block of content) {
        if (block.type !== "tool_use") continue;
        const { id, name, input } = block;
        const { text, isError } = toolAnswer(
          await runner.run({ name, callId: id, args: input }, signal),
          privacy,
        );
        results.push({
          type: "tool_result",
          tool_use_id: id,
          content: text,
          ...(isError && { is_error: true }),
        });
      }
      return { results, humanAsked: runner.awaiting.length > 0 };
    },
  };
}
