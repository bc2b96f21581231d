export { type SampleNameDomainConfig, sampleNameDomainConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
export { sampleNameDomain } from "./domain.js";
