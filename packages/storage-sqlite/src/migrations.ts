import { OrchestratorError } from "@hybrid-orchestrator/core";
import type { Database } from "better-sqlite3";
import { readOnlyError } from "./errors.js";
import { schemaV1 } from "./schema.js";
import { schemaV2 } from "./schema-v2.js";
import { schemaV3 } from "./schema-v3.js";
import { schemaV4 } from "./schema-v4.js";
import { schemaV5 } from "./schema-v5.js";
import { schemaV6 } from "./schema-v6.js";

export interface Migration {
  readonly version: number;
  /** The oldest version of this package's schema that can still read and write the file afterwards. */
  readonly minReaderVersion: number;
  readonly sql: string;
}

/** In order. An expanding change keeps `minReaderVersion`; only the contracting one that follows later raises it. */
export const migrations: readonly Migration[] = [
  { version: 1, minReaderVersion: 1, sql: schemaV1 },
  { version: 2, minReaderVersion: 2, sql: schemaV2 },
  { version: 3, minReaderVersion: 2, sql: schemaV3 },
  { version: 4, minReaderVersion: 2, sql: schemaV4 },
  { version: 5, minReaderVersion: 2, sql: schemaV5 },
  { version: 6, minReaderVersion: 2, sql: schemaV6 },
];

// "HyOr": marks the file as ours (https://sqlite.org/pragma.html#pragma_application_id).
const applicationId = 0x48794f72;

/**
 * Brings the file to the newest version, in one transaction. Several processes may do this at once: who comes second
 * finds nothing left to do.
 *
 * @throws OrchestratorError `storage_newer`, `storage_corrupt` for another program's database, `storage_read_only`.
 */
export function migrate(db: Database, steps: readonly Migration[] = migrations): void {
  const newest = steps.at(-1)?.version ?? 0;
  if (readVersion(db, newest) >= newest) return;
  if (db.readonly) throw readOnlyError(db.name);
  db.transaction(() => {
    const current = readVersion(db, newest);
    const pending = steps.filter((step) => step.version > current);
    for (const step of pending) {
      db.exec(step.sql);
      const set = db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)");
      set.run("schema_version", step.version);
      set.run("min_reader_version", step.minReaderVersion);
    }
    db.pragma(`application_id = ${applicationId}`);
  }).immediate();
}

/** The file's schema version, 0 for an empty file; refuses what this version must not touch. */
function readVersion(db: Database, newest: number): number {
  const hasTable = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?");
  const isEmpty = db.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() === undefined;
  if (isEmpty) return 0;
  if (db.pragma("application_id", { simple: true }) !== applicationId || hasTable.get("meta") === undefined) {
    throw new OrchestratorError(
      "storage_corrupt",
      `The database ${db.name} belongs to another program. Choose another path.`,
    );
  }
  const value = db.prepare<[string], number>("SELECT value FROM meta WHERE key = ?").pluck();
  const minReader = value.get("min_reader_version") ?? 0;
  if (minReader > newest) {
    throw new OrchestratorError(
      "storage_newer",
      `The database ${db.name} needs version ${minReader} of the schema, and this package knows ${newest}. Update @hybrid-orchestrator/storage-sqlite.`,
    );
  }
  return value.get("schema_version") ?? 0;
}
