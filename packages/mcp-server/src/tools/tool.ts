import type { Logger } from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";
import {
  type InputRequiredResult,
  isInputRequiredResult,
  type McpServer,
  type RequestStateCodec,
  type ServerContext,
  type ToolAnnotations,
} from "@modelcontextprotocol/server";
import type { z } from "zod";
import type { SessionGate } from "../access.js";
import type { McpClient, Settings } from "../config.js";
import { toolError } from "../errors.js";
import type { Shown } from "../views.js";
import type { Waits } from "../waiting/waits.js";

/** What every tool has: one client's view of one orchestrator. */
export interface Desk {
  readonly server: McpServer;
  readonly orchestrator: Orchestrator;
  readonly client: McpClient;
  readonly gate: SessionGate;
  readonly shown: Shown;
  readonly settings: Settings;
  readonly waits: Waits;
  readonly codec: RequestStateCodec;
  readonly logger: Logger;
}

export interface ToolDefinition<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  readonly annotations: ToolAnnotations;
  run(args: z.output<Input>, context: ServerContext): Promise<z.input<Output> | InputRequiredResult>;
}

/**
 * Registers a tool whose result is structured, and told once more as text for clients that read only that. What it
 * throws becomes a result that says so, which a model can act on; a JSON-RPC error is for requests that are none.
 */
export function addTool<Input extends z.ZodObject, Output extends z.ZodObject>(
  { server, logger }: Desk,
  tool: ToolDefinition<Input, Output>,
): void {
  const { name, title, description, input, output, annotations } = tool;
  server.registerTool(
    name,
    {
      title,
      description,
      inputSchema: input as z.ZodObject,
      outputSchema: output as z.ZodObject,
      // No tool of ours reaches beyond the orchestrator by itself.
      annotations: { openWorldHint: false, ...annotations },
    },
    async (args, context) => {
      try {
        const result = await tool.run(args as z.output<Input>, context);
        if (isInputRequiredResult(result)) return result;
        return { content: [{ type: "text", text: JSON.stringify(result) }], structuredContent: result };
      } catch (error) {
        return toolError(error, logger, name);
      }
    },
  );
}

/** Reads and changes nothing. */
export const reading: ToolAnnotations = { readOnlyHint: true, idempotentHint: true, destructiveHint: false };
/** Adds something; a second call adds it again. */
export const adding: ToolAnnotations = { readOnlyHint: false, idempotentHint: false, destructiveHint: false };
/** Sets something; a second call changes nothing more. */
export const setting: ToolAnnotations = { readOnlyHint: false, idempotentHint: true, destructiveHint: false };
