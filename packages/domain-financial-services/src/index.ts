export { type FinancialServicesDomainConfig, financialServicesDomainConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
export { financialServicesDomain } from "./domain.js";
