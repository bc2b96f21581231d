export { type VoiceCalls, type VoiceChannelPlugin, voiceChannel } from "./channel.js";
export { type VoiceChannelConfig, voiceChannelConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
