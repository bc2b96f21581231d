import { parseWith, type StorageCodec } from "@hybrid-orchestrator/core";
import { z } from "zod";

const largestTimeoutMs = 600_000;
const timeout = z.number().int().min(100).max(largestTimeoutMs);

export const postgresStorageSchema = z
  .strictObject({
    /** `postgres://user:password@host:port/database`, with `?sslmode=…` where needed. Instead of the next six. */
    connectionString: z
      .string()
      .refine(isPostgresUrl, "must be a URL that begins with postgres:// or postgresql://")
      .optional(),
    host: z.string().min(1).optional(),
    port: z.number().int().min(1).max(65_535).optional(),
    database: z.string().min(1).optional(),
    user: z.string().min(1).optional(),
    password: z.string().optional(),
    /** `true` checks the server's certificate against the system's; an object is what `tls.connect` takes. */
    ssl: z.union([z.boolean(), z.record(z.string(), z.unknown())]).optional(),
    /** Where the tables are; it is created. One database can hold several storages, each in its own schema. */
    schema: z
      .string()
      .regex(
        /^[a-z_][a-z0-9_]{0,62}$/,
        "must be at most 63 of a-z, 0-9 and _, and must not begin with a digit",
      )
      .refine((name) => !name.startsWith("pg_"), "must not begin with pg_, which PostgreSQL keeps for itself")
      .default("hybrid_orchestrator"),
    /** The most connections that this handle opens. */
    maxConnections: z.number().int().min(1).max(1_000).default(10),
    /** How long to wait for a connection, new or from the pool, and for the end of a lost one's commit. */
    connectTimeoutMs: timeout.default(10_000),
    /** How long one statement may take before it fails with `storage_busy`. */
    statementTimeoutMs: timeout.default(30_000),
    /** How long a write waits for another one before it fails with `storage_busy`. */
    lockTimeoutMs: timeout.default(5_000),
    /**
     * `full`: a commit survives a crash of the server. `normal`: one may take the last commits, never the database's
     * consistency (https://www.postgresql.org/docs/current/wal-async-commit.html).
     */
    durability: z.enum(["full", "normal"]).default("full"),
    /** Encodes stored values, e.g. to encrypt them. */
    codec: z.custom<StorageCodec>(isCodec, "must have a name, encode and decode").optional(),
  })
  .refine((config) => config.connectionString === undefined || separateParts(config).length === 0, {
    path: ["connectionString"],
    message: "must not stand beside host, port, database, user, password or ssl",
  });

/** What {@link postgresStorage} takes. */
export type PostgresStorageConfig = z.input<typeof postgresStorageSchema>;
/** The configuration with its defaults. */
export type Settings = z.output<typeof postgresStorageSchema>;

export function parseConfig(config: unknown): Settings {
  return parseWith(postgresStorageSchema, config, {
    name: "configuration of postgresStorage",
    code: "invalid_configuration",
  });
}

function separateParts(config: Partial<Record<string, unknown>>): string[] {
  const names = ["host", "port", "database", "user", "password", "ssl"];
  return names.filter((name) => config[name] !== undefined);
}

// A URL that cannot be parsed would be quoted in the driver's error, with its password.
function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text);
}

function isCodec(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const codec = value as Partial<Record<keyof StorageCodec, unknown>>;
  return (
    typeof codec.name === "string" && typeof codec.encode === "function" && typeof codec.decode === "function"
  );
}
