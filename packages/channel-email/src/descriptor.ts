import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { emailChannel } from "./channel.js";
import { emailChannelConfigSchema } from "./config.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/channel-email"`. */
export const descriptor: PluginDescriptor<typeof emailChannelConfigSchema> = {
  name: "channel-email",
  config: emailChannelConfigSchema,
  create: emailChannel,
};
