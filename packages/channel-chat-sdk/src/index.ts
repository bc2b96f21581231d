export type { ChatAdapter } from "./adapter.js";
export { type ChatSdkChannelPlugin, chatSdkChannel } from "./channel.js";
export { type ChatSdkChannelConfig, chatSdkChannelConfigSchema } from "./config.js";
export type { ChatAction } from "./payload.js";
