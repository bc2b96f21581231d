import {
  type JsonObject,
  type OfferedTool,
  OrchestratorError,
  type ToolResult,
  toJsonObject,
  untilAborted,
} from "@hybrid-orchestrator/core";
import { fenced } from "./fence.js";
import { fitted } from "./fit.js";
import type { Privacy } from "./privacy.js";

const maxResultBytes = 16_000;
const maxArgumentsBytes = 256_000;
const longestName = 60;

/** Tools under names that every vendor takes: 1 to 64 letters, digits, underscores and hyphens; ours may be any. */
export function toolsByName(tools: readonly OfferedTool[]): ReadonlyMap<string, OfferedTool> {
  const named = new Map<string, OfferedTool>();
  for (const tool of tools) {
    const base = tool.name.replace(/[^\w-]/g, "_").slice(0, longestName) || "tool";
    let name = base;
    for (let count = 2; named.has(name); count += 1) name = `${base}_${count}`;
    named.set(name, tool);
  }
  return named;
}

export interface ToolCall {
  readonly name: string;
  /** The model's own id of the call. */
  readonly callId: string;
  readonly args: unknown;
}

/** Runs what a model asks for in one call of the agent. */
export interface ToolRunner {
  /**
   * What became of the call; throws the signal's reason alone. One call waits for the one before it, and once a human was
   * asked about one, those after it are not run: they may depend on what the human says.
   */
  run(call: ToolCall, signal: AbortSignal): Promise<ToolResult>;
  /** What waits for a human to allow it. */
  readonly awaiting: readonly { readonly name: string; readonly approvalId: string }[];
}

export function toolRunner(tools: ReadonlyMap<string, OfferedTool>): ToolRunner {
  const awaiting: { name: string; approvalId: string }[] = [];
  let before: Promise<unknown> = Promise.resolve();

  async function runOne({ name, callId, args }: ToolCall, signal: AbortSignal): Promise<ToolResult> {
    signal.throwIfAborted();
    if (awaiting.length > 0)
      return { status: "refused", error: "Not run, because a human was asked about the call before." };
    const tool = tools.get(name);
    if (tool === undefined) return { status: "refused", error: "There is no tool of that name." };
    const read = argumentsOf(args);
    if (read === null) return { status: "refused", error: "The arguments must be a JSON object." };
    try {
      const result = await untilAborted(tool.call({ callId, args: read }), signal);
      if (result.status === "awaiting_approval")
        awaiting.push({ name: tool.name, approvalId: result.approvalId });
      return result;
    } catch {
      signal.throwIfAborted();
      // The contract says that it never throws; a model is told no more than that.
      return { status: "failed", error: "The tool failed." };
    }
  }

  return {
    awaiting,
    run(call, signal) {
      const result = before.then(() => runOne(call, signal));
      before = result.catch(() => undefined);
      return result;
    },
  };
}

/** What a model is told of a tool's call. */
export interface ToolAnswer {
  readonly text: string;
  readonly isError: boolean;
}

export function toolAnswer(result: ToolResult, privacy: Privacy): ToolAnswer {
  switch (result.status) {
    case "done":
      return {
        isError: false,
        text: fenced(fitted(privacy.json(result.result), maxResultBytes), "tool_data"),
      };
    case "failed":
    case "refused": {
      const { status } = result;
      const error = fitted(privacy.text(result.error), 2_000);
      return { isError: true, text: fenced({ status, error }, "tool_data") };
    }
    case "awaiting_approval":
      return {
        isError: false,
        text:
          "Nothing was done yet: a human was asked to allow this call. You will be asked again when they have decided. " +
          "Call no more tools now, and do not say that it was done.",
      };
  }
}

function argumentsOf(input: unknown): JsonObject | null {
  try {
    return toJsonObject(input, { name: "arguments", maxBytes: maxArgumentsBytes });
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return null;
    throw error;
  }
}
