import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { sampleNameChannel } from "./channel.js";
import { sampleNameChannelConfigSchema } from "./config.js";

/** For configuration files: `plugin: "@sample-scope/sample-package"`. */
export const descriptor: PluginDescriptor<typeof sampleNameChannelConfigSchema> = {
  name: "sample-package",
  config: sampleNameChannelConfigSchema,
  create: sampleNameChannel,
};
