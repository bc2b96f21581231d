import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { chatSdkChannel } from "./channel.js";
import { chatSdkFileConfigSchema } from "./config.js";
import { loadAdapter } from "./load-adapter.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/channel-chat-sdk"`. */
export const descriptor: PluginDescriptor<typeof chatSdkFileConfigSchema> = {
  name: "channel-chat-sdk",
  config: chatSdkFileConfigSchema,
  create: ({ adapter, maxLength, ...config }) => ({
    specVersion: 1,
    name: config.name,
    async setup(host) {
      const plugin = chatSdkChannel({
        ...config,
        adapter: await loadAdapter(adapter),
        ...(maxLength !== undefined && { maxLength }),
      });
      await plugin.setup(host);
    },
  }),
};
