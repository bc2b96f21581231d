import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { sampleNameAgent } from "./agent.js";
import { sampleNameAgentConfigSchema } from "./config.js";

/** For configuration files: `plugin: "@sample-scope/sample-package"`. */
export const descriptor: PluginDescriptor<typeof sampleNameAgentConfigSchema> = {
  name: "sample-package",
  config: sampleNameAgentConfigSchema,
  create: sampleNameAgent,
};
