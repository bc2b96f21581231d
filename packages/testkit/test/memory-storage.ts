import type { Storage, StorageCodec } from "@hybrid-orchestrator/core";
import type { Database } from "../../create-plugin/templates/storage/src/database.js";
import { sampleNameStorage } from "../../create-plugin/templates/storage/src/index.js";

export {
  type Database as MemoryDatabase,
  newDatabase as memoryDatabase,
} from "../../create-plugin/templates/storage/src/database.js";

/** The contract of a storage, said as plainly as possible: the template with which everybody begins one. */
export function memoryStorage(database: Database, codec?: StorageCodec): Storage {
  return sampleNameStorage({ database, ...(codec && { codec }) });
}
