export {
  type ConsoleChannel,
  type ConsoleChannelOptions,
  type ConsoleChannelPlugin,
  consoleChannel,
} from "./channel.js";
export { type ConsoleChannelConfig, consoleChannelConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
