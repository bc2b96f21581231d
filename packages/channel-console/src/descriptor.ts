import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { consoleChannel } from "./channel.js";
import { consoleChannelConfigSchema } from "./config.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/channel-console"`. */
export const descriptor: PluginDescriptor<typeof consoleChannelConfigSchema> = {
  name: "channel-console",
  config: consoleChannelConfigSchema,
  create: consoleChannel,
};
