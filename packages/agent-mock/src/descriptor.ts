import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { mockAgent } from "./agent.js";
import { mockAgentConfigSchema } from "./config.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/agent-mock"`. */
export const descriptor: PluginDescriptor<typeof mockAgentConfigSchema> = {
  name: "agent-mock",
  config: mockAgentConfigSchema,
  create: mockAgent,
};
