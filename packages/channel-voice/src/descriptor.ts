import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { voiceChannel } from "./channel.js";
import { voiceChannelConfigSchema } from "./config.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/channel-voice"`. */
export const descriptor: PluginDescriptor<typeof voiceChannelConfigSchema> = {
  name: "channel-voice",
  config: voiceChannelConfigSchema,
  create: voiceChannel,
};
