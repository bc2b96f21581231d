import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { githubChannelConfigSchema } from "./config.js";
import { githubChannel } from "./plugin.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/channel-github"`. */
export const descriptor: PluginDescriptor<typeof githubChannelConfigSchema> = {
  name: "channel-github",
  config: githubChannelConfigSchema,
  create: githubChannel,
};
