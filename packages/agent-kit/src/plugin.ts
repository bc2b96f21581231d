import {
  type Agent,
  type Clock,
  OrchestratorError,
  type Plugin,
  parseWith,
  systemClock,
  type Tool,
} from "@hybrid-orchestrator/core";
import type { z } from "zod";
import type { SystemPrompt } from "./prompt.js";

/** The options that no configuration file can hold. */
export interface CodeOptions {
  /** The guidance, or a function that gives it for each call. The rules about data and messages always follow it. */
  readonly systemPrompt?: SystemPrompt | undefined;
  /** Registered for this agent alone. Those that need an approval wait for a human. */
  readonly tools?: readonly Tool[] | undefined;
}

/**
 * An agent's options, checked: those of its schema, and those that a schema cannot hold.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function readAgentOptions<Schema extends z.ZodType>(
  schema: Schema,
  { systemPrompt, tools = [], ...config }: CodeOptions & object,
  name: string,
): {
  readonly settings: z.output<Schema>;
  readonly systemPrompt: SystemPrompt | undefined;
  readonly tools: readonly Tool[];
} {
  const isText = systemPrompt !== undefined && typeof systemPrompt !== "function";
  const settings = parseWith(schema, isText ? { ...config, systemPrompt } : config, {
    name: `${name}'s configuration`,
    code: "invalid_configuration",
  });
  if (!Array.isArray(tools))
    throw new OrchestratorError("invalid_configuration", `The ${name}'s option tools must be a list.`);
  return { settings, systemPrompt, tools };
}

export interface AgentPluginParts<Made extends Agent> {
  readonly name: string;
  readonly tools: readonly Tool[];
  readonly create: (clock: Clock) => Made;
}

/** The plugin of an agent, and the agent itself for use without an orchestrator. */
export function agentPlugin<Made extends Agent>({
  name,
  tools,
  create,
}: AgentPluginParts<Made>): Plugin & { readonly agent: Made } {
  return {
    specVersion: 1,
    name,
    agent: create(systemClock),
    setup(host) {
      for (const tool of tools) host.tool({ ...tool, agents: [name] });
      host.agent(create(host.clock));
    },
  };
}
