import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import type BetterSqlite3 from "better-sqlite3";
import { inMemory, type Settings } from "./config.js";
import { Database } from "./driver.js";
import { closedError, readOnlyError, translateError } from "./errors.js";
import { migrate } from "./migrations.js";
import { createValues, type Values } from "./values.js";

/** An open database. What the modules prepare their statements on. */
export interface Connection {
  readonly db: BetterSqlite3.Database;
  readonly path: string;
  readonly values: Values;
  /** Runs one reading statement. */
  read<T>(work: () => T): Promise<T>;
  /** Runs several reading statements that all see the same moment. */
  snapshot<T>(work: () => T): Promise<T>;
  /** Runs `work` in a write transaction: all of it is durable, or nothing happened. May run it again when locked. */
  write<T>(work: () => T): Promise<T>;
  close(): void;
}

/** Sees each statement that is executed. For tests. */
export type StatementObserver = (sql: string) => void;

// SQLite waits for a lock on the event loop's thread, so it waits briefly and the rest of the wait is asynchronous.
const blockingWaitMs = 50;
const retryDelayMs = 10;

export async function connect(settings: Settings, observe?: StatementObserver): Promise<Connection> {
  const { path, busyTimeoutMs } = settings;
  requireDirectory(path);
  const db = await retryWhileBusy(() => openDatabase(settings, observe), path, busyTimeoutMs);
  const begin = db.prepare("BEGIN");
  // Never deferred: two deferred transactions that both turn into writers fail at once, whatever the timeout says.
  const beginImmediate = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const rollback = db.prepare("ROLLBACK");

  function transaction<T>(start: BetterSqlite3.Statement, work: () => T): T {
    start.run();
    try {
      const result = work();
      commit.run();
      return result;
    } catch (error) {
      // A full disk, for one, has rolled back already.
      if (db.inTransaction) rollback.run();
      throw error;
    }
  }

  function attempt<T>(work: () => T): Promise<T> {
    return retryWhileBusy(
      () => {
        if (!db.open) throw closedError(path);
        return work();
      },
      path,
      busyTimeoutMs,
    );
  }

  return {
    db,
    path,
    values: createValues(settings.codec, path),
    read: attempt,
    snapshot: (work) => attempt(() => transaction(begin, work)),
    async write(work) {
      if (settings.readOnly) throw readOnlyError(path);
      return attempt(() => transaction(beginImmediate, work));
    },
    close: () => db.close(),
  };
}

/** Opens, configures and migrates; leaves nothing open when one of them fails. */
function openDatabase(settings: Settings, observe: StatementObserver | undefined): BetterSqlite3.Database {
  const db = new Database(settings.path, {
    readonly: settings.readOnly,
    timeout: Math.min(blockingWaitMs, settings.busyTimeoutMs),
    ...(observe === undefined ? {} : { verbose: (sql) => observe(String(sql)) }),
  });
  try {
    configure(db, settings);
    migrate(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function configure(db: BetterSqlite3.Database, settings: Settings): void {
  if (!settings.readOnly) db.pragma("journal_mode = WAL");
  db.pragma(`synchronous = ${settings.durability === "full" ? "FULL" : "NORMAL"}`);
  // Rarer checkpoints write each hot page once for many commits; each one holds the loop up longer.
  db.pragma("wal_autocheckpoint = 8000");
  // Small on purpose: memory must not grow with the file, and the operating system caches it as well.
  db.pragma("cache_size = -16384");
  db.pragma(`secure_delete = ${settings.secureDelete ? "ON" : "OFF"}`);
  if (settings.maxBytes !== undefined) {
    const pageBytes = Number(db.pragma("page_size", { simple: true }));
    db.pragma(`max_page_count = ${Math.floor(settings.maxBytes / pageBytes)}`);
  }
}

async function retryWhileBusy<T>(attempt: () => T, path: string, timeoutMs: number): Promise<T> {
  // A lock is held in real time by a real process, so no injected clock measures it.
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    try {
      return attempt();
    } catch (thrown) {
      const error = translateError(thrown, path);
      if (!OrchestratorError.isInstance(error, "storage_busy") || performance.now() >= giveUpAt) throw error;
    }
    await delay(retryDelayMs);
  }
}

function requireDirectory(path: string): void {
  if (path === inMemory || existsSync(dirname(path))) return;
  throw new OrchestratorError(
    "storage_failed",
    `The directory of the database ${path} does not exist. Create it first.`,
    {
      retryable: false,
    },
  );
}
