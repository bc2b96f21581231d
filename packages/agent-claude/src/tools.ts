import type { ContentBlock, ToolResultBlockParam, ToolUseBlock } from "@anthropic-ai/sdk/resources/messages";
import {
  type JsonObject,
  type OfferedTool,
  OrchestratorError,
  type ToolResult,
  toJsonObject,
} from "@hybrid-orchestrator/core";
import { fenced, fitted } from "./document.js";

interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly input_schema: { readonly type: "object"; readonly [key: string]: unknown };
}

/** The tools of one call of the agent, under names that the API takes. */
export interface Toolbox {
  readonly definitions: readonly ToolDefinition[];
  /**
   * Runs what an answer asks for, one after the other. Once a human was asked about one, those after it are not run:
   * they may depend on what the human says.
   */
  run(
    content: readonly ContentBlock[],
    signal: AbortSignal,
  ): Promise<{ readonly results: ToolResultBlockParam[]; readonly humanAsked: boolean }>;
}

const maxResultBytes = 16_000;

export function createToolbox(tools: readonly OfferedTool[]): Toolbox {
  const byName = new Map<string, OfferedTool>();
  const definitions = tools.map((tool): ToolDefinition => {
    const name = apiName(tool.name, byName);
    byName.set(name, tool);
    return { name, description: tool.description, input_schema: { ...tool.parameters, type: "object" } };
  });

  async function runOne(block: ToolUseBlock, signal: AbortSignal): Promise<ToolResult> {
    const tool = byName.get(block.name);
    if (tool === undefined) return { status: "refused", error: "There is no tool of that name." };
    const args = argumentsOf(block.input);
    if (args === null) return { status: "refused", error: "The arguments must be a JSON object." };
    try {
      return await untilAborted(tool.call({ callId: block.id, args }), signal);
    } catch {
      signal.throwIfAborted();
      // The contract says that it never throws; a model is told no more than that.
      return { status: "failed", error: "The tool failed." };
    }
  }

  return {
    definitions,
    async run(content, signal) {
      const results: ToolResultBlockParam[] = [];
      let humanAsked = false;
      for (const block of content) {
        if (block.type !== "tool_use") continue;
        const result: ToolResult = humanAsked
          ? { status: "refused", error: "Not run, because a human was asked about the call before." }
          : await runOne(block, signal);
        humanAsked ||= result.status === "awaiting_approval";
        results.push(resultBlock(block.id, result));
      }
      return { results, humanAsked };
    },
  };
}

function resultBlock(id: string, result: ToolResult): ToolResultBlockParam {
  const block = { type: "tool_result" as const, tool_use_id: id };
  switch (result.status) {
    case "done":
      return { ...block, content: fenced(fitted(result.result, maxResultBytes), "tool_data") };
    case "failed":
    case "refused":
      return {
        ...block,
        is_error: true,
        content: fenced({ status: result.status, error: fitted(result.error, 2_000) }, "tool_data"),
      };
    case "awaiting_approval":
      return {
        ...block,
        content:
          "Nothing was done yet: a human was asked to allow this call. You will be asked again when they have decided. " +
          "Call no more tools now, and do not say that it was done.",
      };
  }
}

/** Names at the API are of 1 to 128 letters, digits, underscores and hyphens; ours may be any. */
function apiName(name: string, taken: ReadonlyMap<string, unknown>): string {
  const base = name.replace(/[^\w-]/g, "_").slice(0, 120) || "tool";
  let candidate = base;
  for (let count = 2; taken.has(candidate); count += 1) candidate = `${base}_${count}`;
  return candidate;
}

function argumentsOf(input: unknown): JsonObject | null {
  try {
    return toJsonObject(input, { name: "arguments", maxBytes: 256_000 });
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return null;
    throw error;
  }
}

/** Stops waiting when the signal is aborted; what the work still does is its own. */
async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
