import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Settings } from "./config.js";
import { DatabaseError, translateError, unknownOutcome } from "./errors.js";
import { migrate } from "./migrations.js";
import type { Statement } from "./sql.js";
import { createValues, type Values } from "./values.js";

/** What statements are run on: inside a transaction, all on one connection. */
export interface Queryable {
  rows<Row>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs a statement for its effect; how many rows it touched. */
  count(statement: Statement, values?: readonly unknown[]): Promise<number>;
}

/** An open database. */
export interface Connection {
  /** What it is called in errors. */
  readonly database: string;
  readonly values: Values;
  /** Runs one reading statement. May run it again on another connection. */
  read<T>(work: (queryable: Queryable) => Promise<T>): Promise<T>;
  /** Runs several reading statements that all see the same moment. May run them again. */
  snapshot<T>(work: (queryable: Queryable) => Promise<T>): Promise<T>;
  /** Runs `work` in a transaction: all of it is durable, or nothing happened. May run it again. */
  write<T>(work: (queryable: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Sees each statement that is executed. For tests. */
export type StatementObserver = (text: string) => void;

const maxAttempts = 5;
const retryDelayMs = 10;

const insertMark = { name: "mark", text: "INSERT INTO commits (id) VALUES ($1)" };
const forgetMarks = { name: "forget_marks", text: "DELETE FROM commits WHERE id = ANY($1::uuid[])" };
const claimMark = {
  name: "claim_mark",
  text: "INSERT INTO commits (id) VALUES ($1) ON CONFLICT (id) DO NOTHING",
};

/** Thrown when the answer to a COMMIT did not come. */
class CommitUnanswered<T> extends Error {
  constructor(
    readonly result: T,
    cause: DatabaseError,
  ) {
    super("The answer to a COMMIT did not come.", { cause });
  }
}

export async function connect(settings: Settings, observe?: StatementObserver): Promise<Connection> {
  const config = clientConfig(settings);
  const database = databaseName(settings);
  await prepareSchema(settings, config, database);
  const pool = new pg.Pool({
    ...config,
    max: settings.maxConnections,
    onConnect: (client) => configureSession(client, settings),
  });
  // A connection that breaks while it is idle is replaced; whoever needs one hears of what is wrong.
  pool.on("error", () => undefined);
  // Marks of commits that are known to be durable, so that they can go with the next transaction.
  const spentMarks: string[] = [];

  async function withClient<T>(work: (queryable: Queryable) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => {
      throw translateError(error, database);
    });
    let broken = false;
    // Without a listener an error between two statements would end the process.
    const onError = () => {
      broken = true;
    };
    client.on("error", onError);
    try {
      return await work(queryableOn(client, database, observe));
    } catch (error) {
      if (error instanceof DatabaseError && error.situation === "lost") broken = true;
      throw error;
    } finally {
      client.off("error", onError);
      client.release(broken);
    }
  }

  function transaction<T>(begin: string, work: (queryable: Queryable) => Promise<T>): Promise<T> {
    return withClient(async (queryable) => {
      await queryable.count({ text: begin });
      let result: T;
      try {
        result = await work(queryable);
      } catch (error) {
        await rollBack(queryable, error);
        throw error;
      }
      try {
        await queryable.count({ text: "COMMIT" });
      } catch (error) {
        throw error instanceof DatabaseError && error.situation === "lost"
          ? new CommitUnanswered(result, error)
          : error;
      }
      return result;
    });
  }

  async function marked<T>(mark: string, work: (queryable: Queryable) => Promise<T>): Promise<T> {
    const spent = spentMarks.splice(0);
    try {
      const result = await transaction("BEGIN ISOLATION LEVEL READ COMMITTED", async (queryable) => {
        const worked = await work(queryable);
        await queryable.count(insertMark, [mark]);
        if (spent.length > 0) await queryable.count(forgetMarks, [spent]);
        return worked;
      });
      spentMarks.push(mark);
      return result;
    } catch (error) {
      spentMarks.push(...spent);
      throw error;
    }
  }

  /**
   * Whether the transaction with this mark was committed. Its row decides: the insertion here waits for a transaction
   * that is still under way, and once it has succeeded itself, that one can never be committed any more.
   */
  async function wasCommitted(mark: string, cause: unknown): Promise<boolean> {
    const giveUpAt = performance.now() + settings.connectTimeoutMs;
    do {
      try {
        return (await withClient((queryable) => queryable.count(claimMark, [mark]))) === 0;
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
      }
      await delay(retryDelayMs * 5);
    } while (performance.now() < giveUpAt);
    throw unknownOutcome(database, cause);
  }

  async function write<T>(work: (queryable: Queryable) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const mark = randomUUID();
      try {
        return await marked(mark, work);
      } catch (error) {
        if (error instanceof CommitUnanswered) {
          if (await wasCommitted(mark, error.cause)) return error.result as T;
          if (attempt >= maxAttempts) throw error.cause;
        } else if (attempt >= maxAttempts || !mayTryAgain(error, attempt)) throw error;
      }
      await delay(Math.random() * retryDelayMs * attempt);
    }
  }

  async function repeated<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (thrown) {
        const error = thrown instanceof CommitUnanswered ? thrown.cause : thrown;
        if (!mayTryAgain(error, attempt)) throw error;
      }
      await delay(retryDelayMs * attempt);
    }
  }

  return {
    database,
    values: createValues(settings.codec, database),
    read: (work) => repeated(() => withClient(work)),
    snapshot: (work) =>
      repeated(() => transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work)),
    write,
    close: () => pool.end(),
  };
}

function mayTryAgain(error: unknown, attempt: number): boolean {
  if (!(error instanceof DatabaseError)) return false;
  // What another transaction has inserted since we looked for it is found the second time.
  if (error.situation === "taken") return attempt === 1;
  return attempt < maxAttempts && (error.situation === "lost" || error.situation === "raced");
}

async function rollBack(queryable: Queryable, reason: unknown): Promise<void> {
  if (reason instanceof DatabaseError && reason.situation === "lost") return;
  try {
    await queryable.count({ text: "ROLLBACK" });
  } catch (error) {
    // The server has rolled back by itself where it cannot be told to; the reason is what the caller has to hear.
    if (!(error instanceof DatabaseError)) throw error;
  }
}

function queryableOn(
  client: pg.ClientBase,
  database: string,
  observe: StatementObserver | undefined,
): Queryable {
  async function query(statement: Statement, values: readonly unknown[]): Promise<pg.QueryResult> {
    observe?.(statement.text);
    try {
      // Without values the driver sends a simple query, which may hold several statements.
      return await client.query(values.length === 0 ? { ...statement } : { ...statement, values: [...values] });
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
async function prepareSchema(settings: Settings, config: pg.ClientConfig, database: string): Promise<void> {
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

function clientConfig(settings: Settings): pg.ClientConfig {
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

async function configureSession(client: pg.ClientBase, settings: Settings): Promise<void> {
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
