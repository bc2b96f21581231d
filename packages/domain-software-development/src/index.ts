export { type SoftwareDevelopmentDomainConfig, softwareDevelopmentDomainConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
export { softwareDevelopmentDomain } from "./domain.js";
