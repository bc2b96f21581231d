export { type CustomerSupportDomainConfig, customerSupportDomainConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
export { customerSupportDomain } from "./domain.js";
