export { type MockAgent, type MockAgentOptions, type MockAgentPlugin, mockAgent } from "./agent.js";
export { type MockAgentConfig, mockAgentConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
