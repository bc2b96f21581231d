import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import {
  clientConfig,
  configureSession,
  databaseName,
  prepareSchema,
  type Queryable,
  queryableOn,
  type StatementObserver,
} from "./client.js";
import type { Settings } from "./config.js";
import { DatabaseError, translateError, unknownOutcome } from "./errors.js";
import { createValues, type Values } from "./values.js";

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
    snapshot: (work) => repeated(() => transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work)),
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
