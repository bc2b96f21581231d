export type { TokenProvider } from "./client.js";
export { type GithubChannelConfig, githubChannelConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
export { type GithubChannelOptions, githubChannel } from "./plugin.js";
