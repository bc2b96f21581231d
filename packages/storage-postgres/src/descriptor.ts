import type { StorageDescriptor } from "@hybrid-orchestrator/core";
import { postgresStorageSchema } from "./config.js";
import { postgresStorage } from "./storage.js";

/** For configuration files: `storage: { plugin: "@hybrid-orchestrator/storage-postgres" }`. */
export const descriptor: StorageDescriptor<typeof postgresStorageSchema> = {
  kind: "storage",
  name: "storage-postgres",
  config: postgresStorageSchema,
  create: postgresStorage,
};
