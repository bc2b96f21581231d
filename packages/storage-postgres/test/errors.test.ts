import { inspect } from "node:util";
import type { Storage } from "@hybrid-orchestrator/core";
import { describe, expect, inject, it } from "vitest";
import { postgresStorage } from "../src/index.js";
import {
  atEnd,
  commitOne,
  failureOf,
  opened,
  rawClient,
  somebodyWaitsFor,
  temporaryDatabase,
} from "./database.js";
import { at, newSession, recording } from "./shapes.js";

const url = () => new URL(inject("postgresUrl"));

/** What opening with a changed URL fails with. */
async function openingFails(change: (target: URL) => void) {
  const target = url();
  change(target);
  const storage = postgresStorage({ connectionString: target.href, connectTimeoutMs: 2_000 });
  const failure = await failureOf(() => storage.open());
  expect(await failureOf(() => storage.getSession("a"))).toMatchObject({ code: "storage_closed" });
  return failure;
}

/** A database whose server is made to say a SQLSTATE when an activity is written. */
async function sayingOnInsert(sqlState: string): Promise<Storage> {
  const config = temporaryDatabase();
  const { storage } = await opened(config);
  const raw = await rawClient(config);
  await raw.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '${sqlState}'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON activities FOR EACH ROW EXECUTE FUNCTION refuse()`);
  await commitOne(storage, newSession("a"));
  return storage;
}

describe("open", () => {
  it("says that the server cannot be reached, and may be tried again", async () => {
    const failure = await openingFails((target) => {
      target.port = "1";
    });
    expect(failure).toEqual({
      code: "storage_failed",
      retryable: true,
      message: expect.stringContaining("postgres on 127.0.0.1:1 cannot be reached"),
    });
  });

  it("says that the database does not exist", async () => {
    const failure = await openingFails((target) => {
      target.pathname = "/nowhere";
    });
    expect(failure).toEqual({
      code: "storage_failed",
      retryable: false,
      message: expect.stringContaining("nowhere on 127.0.0.1"),
    });
  });

  it("says that the password is wrong, and not which it was", async () => {
    const failure = await openingFails((target) => {
      target.password = "hunter2";
    });
    expect(failure).toMatchObject({ code: "storage_failed", retryable: false });
    expect(failure?.message).toContain("refused us");
    expect(inspect(failure, { depth: 9 })).not.toContain("hunter2");
  });

  it("says that the server has no connection left", async () => {
    const raw = await rawClient(temporaryDatabase());
    await raw.query("CREATE ROLE crowded LOGIN PASSWORD 'x' CONNECTION LIMIT 0");
    atEnd(() => raw.query("DROP ROLE crowded"));
    const failure = await openingFails((target) => {
      target.username = "crowded";
      target.password = "x";
    });
    expect(failure).toMatchObject({ code: "storage_busy", retryable: true });
  });
});

describe("a write", () => {
  it("is refused as read-only where the database is", async () => {
    const config = temporaryDatabase();
    const { storage: writer } = await opened(config);
    await commitOne(writer, newSession("a"));
    const target = new URL(config.connectionString);
    target.searchParams.set("options", "-c default_transaction_read_only=on");
    const { storage: reader } = await opened({ ...config, connectionString: target.href });
    expect((await reader.getSession("a"))?.id).toBe("a");
    expect(
      await reader.claimSessions({ now: at * 2, holder: "n", leaseMs: 1, limit: 1, exceptRules: [] }),
    ).toEqual(["a"]);
    const readOnly = { code: "storage_read_only", retryable: false };
    expect(await failureOf(() => reader.commit([recording("a", 1)]))).toMatchObject(readOnly);
    expect(await failureOf(() => reader.purge({ now: at, closedBefore: at, limit: 1 }))).toMatchObject(
      readOnly,
    );
  });

  it("waits lockTimeoutMs for another one and then says that the database is busy", async () => {
    const config = temporaryDatabase();
    const { storage } = await opened({ ...config, lockTimeoutMs: 100 });
    await storage.commit([newSession("a"), newSession("b")]);
    const raw = await rawClient(config);
    await raw.query("BEGIN; SELECT 1 FROM sessions WHERE id = 'a' FOR UPDATE");
    const results = await storage.commit([recording("a", 1), recording("b", 1)]);
    expect(results).toMatchObject([
      { ok: false, reason: "error", error: { code: "storage_busy", retryable: true } },
      { ok: true },
    ]);
    await raw.query("COMMIT");
    expect(await commitOne(storage, recording("a", 1))).toEqual({ ok: true });
  });

  it.each([
    ["53100", { code: "storage_full", retryable: true }],
    ["57014", { code: "storage_busy", retryable: true }],
    ["XX001", { code: "storage_corrupt", retryable: false }],
    ["P0001", { code: "storage_failed", retryable: true }],
  ])(
    "that PostgreSQL refuses with %s fails with the contract's code, and the next may succeed",
    async (sqlState, expected) => {
      const storage = await sayingOnInsert(sqlState);
      const failure = await failureOf(async () => {
        const result = await commitOne(storage, recording("a", 1));
        if (result?.ok === false && result.reason === "error") throw result.error;
      });
      expect(failure).toMatchObject({
        ...expected,
        message: expect.stringContaining("postgres on 127.0.0.1"),
      });
      expect(await commitOne(storage, newSession("b"))).toEqual({ ok: true });
      expect((await storage.getSession("a"))?.version).toBe(1);
    },
  );

  it("of a name that PostgreSQL cannot hold is refused by itself", async () => {
    const { storage } = await opened(temporaryDatabase());
    const results = await storage.commit([newSession("a\0b"), newSession("c")]);
    expect(results).toMatchObject([
      { ok: false, reason: "error", error: { code: "invalid_argument", retryable: false } },
      { ok: true },
    ]);
    expect(await commitOne(storage, newSession("\ud800"))).toMatchObject({ ok: false, reason: "error" });
    expect(await storage.getSession("\ufffd")).toBe(null);
  });

  it("never has what was to be stored in its error", async () => {
    const { storage } = await opened(temporaryDatabase());
    const twice = { key: "hunter2", outcome: {}, expiresAt: 1 };
    const token = { hash: "hunter2", purpose: "session", expiresAt: null } as const;
    const [, result] = await storage.commit([
      { ...newSession("a"), tokens: [token], idempotency: [twice] },
      { ...newSession("b"), tokens: [token] },
    ]);
    expect(result).toMatchObject({ ok: false, reason: "error", error: { code: "storage_failed" } });
    expect(inspect(result, { depth: 9, showHidden: true })).not.toContain("hunter2");
  });
});

describe("a call", () => {
  it("waits connectTimeoutMs for one of maxConnections and then says so", async () => {
    const config = temporaryDatabase();
    const { storage } = await opened({ ...config, maxConnections: 1, connectTimeoutMs: 200 });
    await commitOne(storage, newSession("a"));
    const raw = await rawClient(config);
    await raw.query("BEGIN; SELECT 1 FROM sessions WHERE id = 'a' FOR UPDATE");
    const committing = commitOne(storage, recording("a", 1));
    await somebodyWaitsFor(raw);
    expect(await failureOf(() => storage.getSession("a"))).toMatchObject({
      code: "storage_busy",
      message: expect.stringContaining("no connection left"),
    });
    await raw.query("COMMIT");
    expect(await committing).toEqual({ ok: true });
  });

  it("that takes longer than statementTimeoutMs fails with storage_busy", async () => {
    const config = temporaryDatabase();
    const { storage } = await opened({ ...config, statementTimeoutMs: 100 });
    const raw = await rawClient(config);
    await raw.query("BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE");
    expect(await failureOf(() => storage.getSession("a"))).toMatchObject({ code: "storage_busy" });
    await raw.query("COMMIT");
    expect(await storage.getSession("a")).toBe(null);
  });

  it("that is under way when the storage is closed is still answered", async () => {
    const config = temporaryDatabase();
    const { storage } = await opened(config);
    await commitOne(storage, newSession("a"));
    const raw = await rawClient(config);
    await raw.query("BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE");
    const reading = storage.getSession("a");
    const closing = storage.close();
    await somebodyWaitsFor(raw);
    await raw.query("COMMIT");
    expect((await reading)?.id).toBe("a");
    await closing;
  });

  it("with another codec than it was written with says that the value cannot be read", async () => {
    const config = temporaryDatabase();
    const { storage } = await opened(config);
    await commitOne(storage, newSession("a", { metadata: { secret: "hunter2" } }));
    const codec = { name: "x", encode: (text: string) => text, decode: (text: string) => `!${text}` };
    const { storage: mistaken } = await opened({ ...config, codec });
    const failure = await failureOf(() => mistaken.getSession("a"));
    expect(failure).toMatchObject({ code: "storage_corrupt", message: expect.stringContaining("session a") });
    expect(failure?.message).not.toContain("hunter2");
  });
});
