export type { SlackAction } from "./actions.js";
export { type MessageUpdate, type SlackChannelPlugin, slackChannel } from "./channel.js";
export { type SlackChannelConfig, slackChannelConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
