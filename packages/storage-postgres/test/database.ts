import { randomBytes } from "node:crypto";
import type { CommitResult, SessionChange, Storage } from "@hybrid-orchestrator/core";
import pg from "pg";
import { afterEach, inject } from "vitest";
import { type PostgresStorageConfig, parseConfig } from "../src/config.js";
import { createStorage } from "../src/storage.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Does something when the test ends. */
export function atEnd(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

/** The configuration of an empty database of its own. What is in it goes with {@link dropSchema}. */
export function freshConfig(): { readonly connectionString: string; readonly schema: string } {
  return { connectionString: inject("postgresUrl"), schema: `test_${randomBytes(6).toString("hex")}` };
}

export async function dropSchema({
  connectionString,
  schema,
}: ReturnType<typeof freshConfig>): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
  await client.end();
}

/** A database of its own, which goes when the test ends. */
export function temporaryDatabase(): ReturnType<typeof freshConfig> {
  const config = freshConfig();
  atEnd(() => dropSchema(config));
  return config;
}

/** A handle that is open, and what statements it runs from then on. */
export async function opened(
  config: PostgresStorageConfig,
): Promise<{ readonly storage: Storage; readonly statements: string[] }> {
  const statements: string[] = [];
  const storage = createStorage(parseConfig(config), (text) => statements.push(text));
  atEnd(() => storage.close());
  await storage.open();
  return { storage, statements };
}

/** A connection beside the storage's, to look behind it or to get in its way. */
export async function rawClient({
  connectionString,
  schema,
}: ReturnType<typeof freshConfig>): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  atEnd(() => client.end());
  await client.query(`SET search_path = "${schema}"`);
  return client;
}

export async function commitOne(storage: Storage, change: SessionChange): Promise<CommitResult | undefined> {
  return (await storage.commit([change]))[0];
}

/** What `call` fails with: the code, the message, and whether it may be tried again. */
export async function failureOf(
  call: () => unknown,
): Promise<{ code: string; message: string; retryable: boolean } | null> {
  try {
    await call();
    return null;
  } catch (error) {
    const { code, message, retryable } = error as { code: string; message: string; retryable: boolean };
    return { code, message, retryable };
  }
}

const deadlineMs = 5_000;

/** Waits until something is the case, and gives what says so. */
export async function until<T>(check: () => T | Promise<T>): Promise<Exclude<T, false>> {
  const giveUpAt = performance.now() + deadlineMs;
  while (performance.now() < giveUpAt) {
    const result = await check();
    if (result !== false) return result as Exclude<T, false>;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("What a test waited for did not come.");
}

/** Waits until some transaction waits for what this connection holds. */
export async function somebodyWaitsFor(holder: pg.Client): Promise<void> {
  await until(async () => {
    const waiting = await holder.query(
      "SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))",
    );
    return waiting.rows.length > 0;
  });
}
