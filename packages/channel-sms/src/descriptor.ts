import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { smsChannel } from "./channel.js";
import { smsChannelConfigSchema } from "./config.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/channel-sms"`. */
export const descriptor: PluginDescriptor<typeof smsChannelConfigSchema> = {
  name: "channel-sms",
  config: smsChannelConfigSchema,
  create: smsChannel,
};
