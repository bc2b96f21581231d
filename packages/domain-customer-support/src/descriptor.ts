import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { customerSupportDomainConfigSchema } from "./config.js";
import { customerSupportDomain } from "./domain.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/domain-customer-support"`. */
export const descriptor: PluginDescriptor<typeof customerSupportDomainConfigSchema> = {
  name: "domain-customer-support",
  config: customerSupportDomainConfigSchema,
  create: customerSupportDomain,
};
