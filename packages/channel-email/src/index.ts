export { type EmailChannelPlugin, emailChannel } from "./channel.js";
export { type EmailChannelConfig, emailChannelConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
export type { Bounce, Email } from "./email.js";
export type { EmailEvent, EmailEventType } from "./listener/event.js";
export { type EmailListener, emailListener } from "./listener/listener.js";
export type { EmailListenerOptions } from "./listener/options.js";
