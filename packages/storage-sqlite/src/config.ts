import { resolve } from "node:path";
import { parseWith, type StorageCodec } from "@hybrid-orchestrator/core";
import { z } from "zod";

export const inMemory = ":memory:";

export const sqliteStorageSchema = z
  .strictObject({
    /** The database file; its directory must exist. `:memory:` keeps everything in memory, until `close`. */
    path: z.string().trim().min(1),
    /**
     * `full`: a commit survives a power failure. `normal`: it survives the end of the process, and a power failure may
     * take the last commits, never the file's consistency (https://sqlite.org/pragma.html#pragma_synchronous).
     */
    durability: z.enum(["full", "normal"]).default("full"),
    /** How long to wait for another process's write before failing with `storage_busy`. */
    busyTimeoutMs: z.number().int().min(0).max(600_000).default(5_000),
    /** Opens an existing file and never writes to it. */
    readOnly: z.boolean().default(false),
    /** The size past which the file does not grow; a write that would need more fails with `storage_full`. */
    maxBytes: z.number().int().min(1_000_000).optional(),
    /** Overwrites what is deleted with zeros, so that purged data cannot be read from the disk. */
    secureDelete: z.boolean().default(false),
    /** Encodes stored values, e.g. to encrypt them. */
    codec: z.custom<StorageCodec>(isCodec, "must have a name, encode and decode").optional(),
  })
  .refine((config) => !(config.readOnly && config.path === inMemory), {
    path: ["readOnly"],
    message: "an in-memory database starts empty, so reading alone is no use",
  });

/** What {@link sqliteStorage} takes. */
export type SqliteStorageConfig = z.input<typeof sqliteStorageSchema>;
/** The configuration with its defaults, and an absolute path. */
export type Settings = z.output<typeof sqliteStorageSchema>;

export function parseConfig(config: unknown): Settings {
  const settings = parseWith(sqliteStorageSchema, config, {
    name: "configuration of sqliteStorage",
    code: "invalid_configuration",
  });
  return settings.path === inMemory ? settings : { ...settings, path: resolve(settings.path) };
}

function isCodec(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const codec = value as Partial<Record<keyof StorageCodec, unknown>>;
  return (
    typeof codec.name === "string" && typeof codec.encode === "function" && typeof codec.decode === "function"
  );
}
