import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { softwareDevelopmentDomainConfigSchema } from "./config.js";
import { softwareDevelopmentDomain } from "./domain.js";

/** For configuration files: `plugin: "@hybrid-orchestrator/domain-software-development"`. */
export const descriptor: PluginDescriptor<typeof softwareDevelopmentDomainConfigSchema> = {
  name: "domain-software-development",
  config: softwareDevelopmentDomainConfigSchema,
  create: softwareDevelopmentDomain,
};
