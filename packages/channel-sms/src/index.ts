export { smsChannel } from "./channel.js";
export { type SmsChannelConfig, smsChannelConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
export { countSegments, type SegmentCount } from "./segments.js";
