import type { PluginDescriptor } from "@hybrid-orchestrator/core";
import { sampleNameDomainConfigSchema } from "./config.js";
import { sampleNameDomain } from "./domain.js";

/** For configuration files: `plugin: "@sample-scope/sample-package"`. */
export const descriptor: PluginDescriptor<typeof sampleNameDomainConfigSchema> = {
  name: "sample-package",
  config: sampleNameDomainConfigSchema,
  create: sampleNameDomain,
};
