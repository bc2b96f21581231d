export { sampleNameAgent } from "./agent.js";
export { type SampleNameAgentConfig, sampleNameAgentConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
