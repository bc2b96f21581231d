import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { webhookChannel } from "./channel.js";
import { webhookChannelConfigSchema } from "./config.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/channel-webhook"`. */
export const descriptor: PluginDescriptor<typeof webhookChannelConfigSchema> = {
  name: "channel-webhook",
  config: webhookChannelConfigSchema,
  create: webhookChannel,
};
