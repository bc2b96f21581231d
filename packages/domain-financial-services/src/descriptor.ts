import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { financialServicesDomainConfigSchema } from "./config.js";
import { financialServicesDomain } from "./domain.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/domain-financial-services"`. */
export const descriptor: PluginDescriptor<typeof financialServicesDomainConfigSchema> = {
  name: "domain-financial-services",
  config: financialServicesDomainConfigSchema,
  create: financialServicesDomain,
};
