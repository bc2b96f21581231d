export { sampleNameChannel } from "./channel.js";
export { type SampleNameChannelConfig, sampleNameChannelConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
