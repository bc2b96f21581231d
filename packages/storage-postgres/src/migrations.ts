import { OrchestratorError } from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";
import { schemaV1 } from "./schema.js";
import { schemaV2 } from "./schema-v2.js";
import { schemaV3 } from "./schema-v3.js";
import { schemaV4 } from "./schema-v4.js";

export interface Migration {
  readonly version: number;
  /** The oldest version of this package's schema that can still read and write the database afterwards. */
  readonly minReaderVersion: number;
  readonly sql: string;
}

/** In order. An expanding change keeps `minReaderVersion`; only the contracting one that follows later raises it. */
export const migrations: readonly Migration[] = [
  { version: 1, minReaderVersion: 1, sql: schemaV1 },
  { version: 2, minReaderVersion: 1, sql: schemaV2 },
  { version: 3, minReaderVersion: 1, sql: schemaV3 },
  { version: 4, minReaderVersion: 1, sql: schemaV4 },
];

export interface MigrationTarget {
  /** What the database is called in errors. */
  readonly database: string;
  readonly schema: string;
}

/**
 * Brings the schema to the newest version, inside a transaction of the caller. Several processes may do this at once:
 * they wait for each other, and who comes later finds nothing left to do.
 *
 * @throws OrchestratorError `storage_newer`, `storage_corrupt` for another program's schema.
 */
export async function migrate(
  queryable: Queryable,
  target: MigrationTarget,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  const { schema } = target;
  const newest = steps.at(-1)?.version ?? 0;
  if ((await readVersion(queryable, target, newest)) >= newest) return;
  // Another process's migration takes as long as it takes.
  await queryable.count({ text: "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0" });
  await queryable.count({ text: "SELECT pg_advisory_xact_lock(1215909746, hashtext($1))" }, [schema]);
  const current = await readVersion(queryable, target, newest);
  if (!(await schemaExists(queryable, schema))) await queryable.count({ text: `CREATE SCHEMA "${schema}"` });
  if (current === 0) {
    await queryable.count({
      text: 'CREATE TABLE meta (key text COLLATE "C" PRIMARY KEY, value bigint NOT NULL)',
    });
  }
  for (const step of steps.filter(({ version }) => version > current)) {
    await queryable.count({ text: step.sql });
    await queryable.count(
      {
        text: `INSERT INTO meta (key, value) VALUES ('schema_version', $1), ('min_reader_version', $2)
               ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
      },
      [step.version, step.minReaderVersion],
    );
  }
}

/** The schema's version, 0 where there is nothing yet; refuses what this version must not touch. */
async function readVersion(
  queryable: Queryable,
  { database, schema }: MigrationTarget,
  newest: number,
): Promise<number> {
  const tables = await queryable.rows<{ name: string }>(
    { text: "SELECT tablename AS name FROM pg_tables WHERE schemaname = $1" },
    [schema],
  );
  if (tables.length === 0) return 0;
  const names = tables.map(({ name }) => name);
  if (!names.includes("meta") || !names.includes("tombstones")) {
    throw new OrchestratorError(
      "storage_corrupt",
      `The schema ${schema} of the database ${database} belongs to another program. Choose another schema.`,
    );
  }
  const meta = await queryable.rows<{ key: string; value: number }>({ text: "SELECT key, value FROM meta" });
  const entry = (wanted: string) => meta.find(({ key }) => key === wanted)?.value ?? 0;
  const minReader = entry("min_reader_version");
  if (minReader > newest) {
    throw new OrchestratorError(
      "storage_newer",
      `The database ${database} needs version ${minReader} of the schema ${schema}, and this package knows ${newest}. Update @hybrid-orchestrator/storage-postgres.`,
    );
  }
  return entry("schema_version");
}

async function schemaExists(queryable: Queryable, schema: string): Promise<boolean> {
  const found = await queryable.rows({ text: "SELECT 1 FROM pg_namespace WHERE nspname = $1" }, [schema]);
  return found.length > 0;
}
