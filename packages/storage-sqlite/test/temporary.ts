import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommitResult, SessionChange, Storage } from "@hybrid-orchestrator/core";
import { afterEach } from "vitest";
import type { SqliteStorageConfig } from "../src/config.js";
import { parseConfig } from "../src/config.js";
import { createStorage, type SqliteStorage } from "../src/storage.js";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** The path of a database file in a folder of its own, which goes when the test ends. */
export function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "sqlite-"));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  return join(folder, "sessions.db");
}

/** Closes something when the test ends. */
export function closing<Closable extends { close(): unknown }>(closable: Closable): Closable {
  cleanups.push(() => closable.close());
  return closable;
}

/** A handle that is open, and what statements it runs from then on. */
export async function opened(
  config: SqliteStorageConfig,
): Promise<{ readonly storage: SqliteStorage; readonly statements: string[] }> {
  const statements: string[] = [];
  const storage = closing(createStorage(parseConfig(config), (sql) => statements.push(sql)));
  await storage.open();
  statements.length = 0;
  return { storage, statements };
}

export async function commitOne(storage: Storage, change: SessionChange): Promise<CommitResult | undefined> {
  return (await storage.commit([change]))[0];
}

/** What `call` fails with: the code and the message. */
export async function failureOf(call: () => unknown): Promise<{ code: string; message: string } | null> {
  try {
    await call();
    return null;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return { code, message };
  }
}
