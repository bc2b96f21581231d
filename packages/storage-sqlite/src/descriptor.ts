import type { StorageDescriptor } from "@hybrid-orchestrator/core";
import { sqliteStorageSchema } from "./config.js";
import { sqliteStorage } from "./storage.js";

/** For configuration files: `storage: { plugin: "@hybrid-orchestrator/storage-sqlite" }`. */
export const descriptor: StorageDescriptor<typeof sqliteStorageSchema> = {
  kind: "storage",
  name: "storage-sqlite",
  config: sqliteStorageSchema,
  create: sqliteStorage,
};
