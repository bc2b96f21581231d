export type { ChatAdapter, ChatState } from "./adapter.js";
export { type ChatSdkChannelPlugin, chatSdkChannel } from "./channel.js";
export {
  type ChatSdkChannelConfig,
  type ChatSdkFileConfig,
  chatSdkChannelConfigSchema,
  chatSdkFileConfigSchema,
} from "./config.js";
export { descriptor } from "./descriptor.js";
export type { ChatAction } from "./payload.js";
