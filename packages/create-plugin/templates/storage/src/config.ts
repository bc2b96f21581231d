import type { StorageCodec } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { type Database, newDatabase } from "./database.js";

export const sampleNameStorageConfigSchema = z.strictObject({
  /** Where everything is kept; handles on one database share it. Default: a new one. */
  database: z.custom<Database>((value) => typeof value === "object" && value !== null).prefault(newDatabase),
  /** Seals the personal parts of what is kept. Default: they are kept as they are. */
  codec: z.custom<StorageCodec>((value) => typeof value === "object" && value !== null).optional(),
});
/** What {@link sampleNameStorage} takes. */
export type SampleNameStorageConfig = z.input<typeof sampleNameStorageConfigSchema>;
