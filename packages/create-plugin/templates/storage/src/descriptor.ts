import type { StorageDescriptor } from "@hybrid-orchestrator/core";
import { sampleNameStorageConfigSchema } from "./config.js";
import { sampleNameStorage } from "./storage.js";

/** For configuration files: `storage: { plugin: "@sample-scope/sample-package" }`. */
export const descriptor: StorageDescriptor<typeof sampleNameStorageConfigSchema> = {
  kind: "storage",
  name: "sample-package",
  config: sampleNameStorageConfigSchema,
  create: sampleNameStorage,
};
