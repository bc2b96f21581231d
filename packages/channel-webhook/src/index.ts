export { webhookChannel } from "./channel.js";
export {
  type WebhookChannelConfig,
  type WebhookChannelOptions,
  webhookChannelConfigSchema,
} from "./config.js";
export { descriptor } from "./descriptor.js";
export type { WebhookEvent } from "./payload.js";
export {
  type ReceivedWebhook,
  type VerifiedWebhook,
  type VerifyWebhookOptions,
  verifyWebhook,
} from "./verify.js";
