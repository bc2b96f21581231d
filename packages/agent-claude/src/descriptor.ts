import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { claudeAgent } from "./agent.js";
import { claudeAgentConfigSchema } from "./config.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/agent-claude"`. */
export const descriptor: PluginDescriptor<typeof claudeAgentConfigSchema> = {
  name: "agent-claude",
  config: claudeAgentConfigSchema,
  create: claudeAgent,
};
