import { isStorableText, OrchestratorError } from "@hybrid-orchestrator/core";
import pg from "pg";
import type { Settings } from "./config.js";
import { translateError } from "./errors.js";
import { migrate } from "./migrations.js";
import type { Statement } from "./sql.js";

/** What statements are run on: inside a transaction, all on one connection. */
export interface Queryable {
  rows<Row>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs a statement for its effect; how many rows it touched. */
  count(statement: Statement, values?: readonly unknown[]): Promise<number>;
}

/** Sees each statement that is executed. For tests. */
export type StatementObserver = (text: string) => void;

/** Runs statements on one connection, and says in the contract's words how they failed. */
export function queryableOn(
  client: pg.ClientBase,
  database: string,
  observe: StatementObserver | undefined,
): Queryable {
  async function query(statement: Statement, values: readonly unknown[]): Promise<pg.QueryResult> {
    observe?.(statement.text);
    requireStorable(values);
    try {
      // Without values the driver sends a simple query, which may hold several statements.
      return await client.query(
        values.length === 0 ? { ...statement } : { ...statement, values: [...values] },
      );
    } catch (error) {
      throw translateError(error, database);
    }
  }
  return {
    rows: async <Row>(statement: Statement, values: readonly unknown[] = []) =>
      (await query(statement, values)).rows as Row[],
    count: async (statement, values = []) => (await query(statement, values)).rowCount ?? 0,
  };
}

/** Migrates over a connection of its own, since a migration may take longer than a statement. */
export async function prepareSchema(
  settings: Settings,
  config: pg.ClientConfig,
  database: string,
): Promise<void> {
  const client = new pg.Client({ ...config, query_timeout: 0 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await configureSession(client, settings);
  } catch (error) {
    await client.end();
    throw translateError(error, database);
  }
  const queryable = queryableOn(client, database, undefined);
  try {
    await queryable.count({ text: "BEGIN ISOLATION LEVEL READ COMMITTED" });
    await migrate(queryable, { database, schema: settings.schema });
    await queryable.count({ text: "COMMIT" });
  } finally {
    // What was not committed is rolled back with the end of the session.
    await client.end();
  }
}

/** What the driver is given. */
export function clientConfig(settings: Settings): pg.ClientConfig {
  const { connectionString, host, port, database, user, password, ssl } = settings;
  const parts = { connectionString, host, port, database, user, password, ssl };
  return {
    ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)),
    application_name: "hybrid-orchestrator",
    connectionTimeoutMillis: settings.connectTimeoutMs,
    // The server ends a statement first; this is for a server that is no longer there to do it.
    query_timeout: settings.statementTimeoutMs + 5_000,
    keepAlive: true,
    types: { getTypeParser },
  };
}

// int8 comes as text by default. Ours are counters, which stay far below 2^53.
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: string) =>
  oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format as "text");

/** Where a configuration leads, the driver's defaults and the environment included; nothing of it is secret. */
export function databaseName(settings: Settings): string {
  const { database, user, host, port } = new pg.Client(clientConfig(settings));
  return `${database ?? user ?? "postgres"} on ${host}:${port}`;
}

/** What every connection is set to before it is used. */
export async function configureSession(client: pg.ClientBase, settings: Settings): Promise<void> {
  const { schema, lockTimeoutMs, statementTimeoutMs, durability } = settings;
  await client.query(
    `SELECT set_config('search_path', $1, false), set_config('lock_timeout', $2, false),
       set_config('statement_timeout', $3, false),
       -- A node that stands still inside a transaction must not hold up the others for ever.
       set_config('idle_in_transaction_session_timeout', $2, false),
       set_config('synchronous_commit', CASE
         WHEN $4 = 'normal' THEN 'off'
         WHEN current_setting('synchronous_commit') = 'off' THEN 'on'
         ELSE current_setting('synchronous_commit') END, false)`,
    [`"${schema}"`, String(lockTimeoutMs), String(statementTimeoutMs), durability],
  );
}

/** The driver would replace half a surrogate pair by another character, so that two names could become one. */
function requireStorable(values: readonly unknown[]): void {
  for (const value of values) {
    if (Array.isArray(value)) requireStorable(value);
    else if (typeof value === "string" && !isStorableText(value)) {
      throw new OrchestratorError(
        "invalid_argument",
        "A name, an id or what a codec made holds U+0000 or half a surrogate pair, which PostgreSQL cannot keep.",
      );
    }
  }
}
