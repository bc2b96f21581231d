import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { slackChannel } from "./channel.js";
import { slackChannelConfigSchema } from "./config.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/channel-slack"`. */
export const descriptor: PluginDescriptor<typeof slackChannelConfigSchema> = {
  name: "channel-slack",
  config: slackChannelConfigSchema,
  create: slackChannel,
};
