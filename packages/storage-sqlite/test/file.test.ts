import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { sampleEscalation } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { Database } from "../src/driver.js";
import { sqliteStorage } from "../src/index.js";
import { migrate, migrations } from "../src/migrations.js";
import { at, newSession, recording } from "./shapes.js";
import { closing, commitOne, failureOf, opened, temporaryFile } from "./temporary.js";

describe("the file", () => {
  it("is refused when it is no database, and can be opened once it is one", async () => {
    const path = temporaryFile();
    writeFileSync(
      path,
      "This is a text, and a long one, so that it is not taken for an empty file.".repeat(100),
    );
    const storage = closing(sqliteStorage({ path }));
    expect(await failureOf(() => storage.open())).toEqual({
      code: "storage_corrupt",
      message: expect.stringContaining(path),
    });
    expect(await failureOf(() => storage.getSession("a"))).toMatchObject({ code: "storage_closed" });
    writeFileSync(path, "");
    await storage.open();
    expect(await commitOne(storage, newSession("a"))).toEqual({ ok: true });
  });

  it("is refused when it is another program's database", async () => {
    const path = temporaryFile();
    new Database(path).exec("CREATE TABLE meta (x)").close();
    expect(await failureOf(() => sqliteStorage({ path }).open())).toMatchObject({
      code: "storage_corrupt",
      message: expect.stringContaining(path),
    });
    const raw = closing(new Database(path));
    expect(raw.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "meta" }]);
  });

  it("is reported as corrupt when a page is damaged", async () => {
    const path = temporaryFile();
    const { storage } = await opened({ path });
    const long = { text: "x".repeat(1_000) };
    await storage.commit([
      newSession("a"),
      ...Array.from({ length: 50 }, (_, index) => recording("a", index + 1, long)),
    ]);
    await storage.close();
    const bytes = readFileSync(path);
    // Everything but the first page, which holds the schema's root, and the last.
    bytes.fill(0xff, 2 * 4096, bytes.length - 4096);
    writeFileSync(path, bytes);
    const failure = await failureOf(async () => {
      await storage.open();
      await storage.listActivities({ sessionId: "a", limit: 500 });
    });
    expect(failure).toEqual({ code: "storage_corrupt", message: expect.stringContaining(path) });
  });

  it("says so when its directory does not exist, and leaves none behind", async () => {
    const path = join(dirname(temporaryFile()), "missing", "a.db");
    expect(await failureOf(() => sqliteStorage({ path }).open())).toMatchObject({
      code: "storage_failed",
      message: expect.stringContaining(path),
    });
    expect(existsSync(dirname(path))).toBe(false);
  });

  it("says so when it is a directory", async () => {
    const path = temporaryFile();
    mkdirSync(path);
    expect(await failureOf(() => sqliteStorage({ path }).open())).toMatchObject({
      code: "storage_failed",
      message: expect.stringContaining(path),
    });
  });

  it("keeps what it has when it is full, and goes on when there is room", async () => {
    const path = temporaryFile();
    const { storage } = await opened({ path, maxBytes: 1_000_000 });
    await commitOne(storage, newSession("a"));
    const large = { text: "x".repeat(100_000) };
    let seq = 1;
    let result = await commitOne(storage, recording("a", seq, large));
    while (result?.ok && seq < 100) {
      seq += 1;
      result = await commitOne(storage, recording("a", seq, large));
    }
    expect(result).toMatchObject({
      ok: false,
      reason: "error",
      error: { code: "storage_full", retryable: true, message: expect.stringContaining(path) },
    });
    expect((await storage.getSession("a"))?.lastSeq).toBe(seq - 1);
    expect((await storage.listActivities({ sessionId: "a", limit: 100 })).items).toHaveLength(seq - 1);
    await storage.close();
    const { storage: roomy } = await opened({ path });
    expect(await commitOne(roomy, recording("a", seq, large))).toEqual({ ok: true });
  });

  it("can be read, and nothing else, with readOnly", async () => {
    const path = temporaryFile();
    const missing = sqliteStorage({ path, readOnly: true });
    expect(await failureOf(() => missing.open())).toMatchObject({ code: "storage_failed" });
    const { storage } = await opened({ path });
    await commitOne(storage, newSession("a"));
    const { storage: reader } = await opened({ path, readOnly: true });
    expect((await reader.getSession("a"))?.id).toBe("a");
    expect(
      await reader.claimSessions({ now: at * 2, holder: "n", leaseMs: 1, limit: 1, exceptRules: [] }),
    ).toEqual(["a"]);
    const readOnly = { code: "storage_read_only", message: expect.stringContaining(path) };
    const request = { sessionId: "a", rulesHash: "rules", recent: 0 };
    expect(await failureOf(() => reader.commit([newSession("b")]))).toEqual(readOnly);
    expect(await failureOf(() => reader.decideLocked(request, () => null))).toEqual(readOnly);
    expect(await failureOf(() => reader.purge({ now: at, closedBefore: at, limit: 1 }))).toEqual(readOnly);
  });

  it("names itself, and not what was stored, in every error", async () => {
    const path = temporaryFile();
    const { storage } = await opened({ path });
    const twice = recording("a", 1, { secret: "hunter2" });
    const result = await commitOne(storage, {
      ...newSession("a"),
      activities: [...(twice.activities ?? []), ...(twice.activities ?? [])],
    });
    expect(result).toMatchObject({
      reason: "error",
      error: { code: "storage_failed", message: expect.stringContaining(path) },
    });
    expect(JSON.stringify(result, ["message", "error", "cause"])).not.toContain("hunter2");
    await commitOne(storage, {
      ...newSession("b"),
      session: { ...newSession("b").session, metadata: { secret: "hunter2" } },
    });
    const codec = { name: "x", encode: (text: string) => text, decode: (text: string) => `!${text}` };
    const { storage: mistaken } = await opened({ path, codec });
    const failure = await failureOf(() => mistaken.getSession("b"));
    expect(failure).toEqual({ code: "storage_corrupt", message: expect.stringContaining(path) });
    expect(failure?.message).not.toContain("hunter2");
  });
});

describe("migrations", () => {
  const newest = migrations.at(-1)?.version ?? 0;
  const next = {
    version: newest + 1,
    minReaderVersion: migrations.at(-1)?.minReaderVersion ?? 1,
    sql: "ALTER TABLE sessions ADD COLUMN added TEXT DEFAULT 'new'",
  };
  const breaking = {
    version: newest + 2,
    minReaderVersion: newest + 2,
    sql: "ALTER TABLE sessions RENAME COLUMN added TO renamed",
  };

  function version(path: string): unknown {
    const raw = new Database(path);
    const value = raw.prepare("SELECT value FROM meta WHERE key = 'schema_version'").pluck().get();
    raw.close();
    return value;
  }

  it("bring an older file forward and keep what is in it", async () => {
    const path = temporaryFile();
    const { storage } = await opened({ path });
    await commitOne(storage, newSession("a"));
    const raw = closing(new Database(path));
    migrate(raw, [...migrations, next, breaking]);
    migrate(raw, [...migrations, next, breaking]);
    expect(raw.prepare("SELECT id, renamed FROM sessions").all()).toEqual([{ id: "a", renamed: "new" }]);
    expect(version(path)).toBe(newest + 2);
  });

  it("keep the firing counters of a file of version 1", async () => {
    const path = temporaryFile();
    const raw = new Database(path);
    migrate(raw, migrations.slice(0, 1));
    const counters = { quiet: { fires: 2, lastFiredAt: at } };
    const insert = raw.prepare(
      `INSERT INTO sessions (id, workflow, status, owner_kind, ownership_epoch, created_at, updated_at, revision,
         version, last_seq, evaluated_at, rules_hash, counters, last_ui_ordinal)
       VALUES (?, 'default', 'active', 'nobody', 0, ${at}, ${at}, 1, 1, 0, ${at}, '', ?, 0)`,
    );
    const document = raw.prepare("INSERT INTO session_documents (sid, metadata) VALUES (?, '{}')");
    for (const [id, stored] of Object.entries({ a: counters, b: {} }))
      document.run(insert.run(id, JSON.stringify(stored)).lastInsertRowid);
    raw.close();
    const { storage } = await opened({ path });
    expect((await storage.getSession("a"))?.counters).toEqual(counters);
    expect((await storage.getSession("b"))?.counters).toEqual({});
  });

  it("let version 3 create and purge sessions beside escalations that it does not know", async () => {
    const path = temporaryFile();
    const old = closing(new Database(path));
    migrate(old, migrations.slice(0, 3));
    const { storage } = await opened({ path });
    const escalations = [sampleEscalation({ sessionId: "a" })];
    await commitOne(storage, { ...newSession("a", { escalationCount: 1 }), escalations });
    // As version 3 does it.
    old
      .prepare(
        `INSERT INTO sessions (id, workflow, status, owner_kind, ownership_epoch, created_at, updated_at, revision,
           version, last_seq, evaluated_at, rules_hash, last_ui_ordinal)
         VALUES ('old', 'default', 'active', 'nobody', 0, ${at}, ${at}, 1, 1, 0, ${at}, '', 0)`,
      )
      .run();
    old.exec("INSERT INTO session_documents (sid, metadata) SELECT sid, '{}' FROM sessions WHERE id = 'old'");
    expect((await storage.getSession("old"))?.escalationCount).toBe(0);
    old.exec("DELETE FROM session_documents; DELETE FROM sessions");
    // The next session gets the row's key of the first, and nothing else of it.
    await commitOne(storage, newSession("next", { escalationCount: 1 }));
    const [snapshot] = await storage.load([{ sessionId: "next", rulesHash: "rules", recent: 0 }]);
    expect(snapshot?.escalations).toEqual([]);
    expect(old.prepare("SELECT * FROM escalations").all()).toEqual([]);
    expect(old.prepare("SELECT sid FROM sessions").all()).toEqual([{ sid: 1 }]);
  });

  it("let a neighbouring older version use a newer file as it is", async () => {
    const path = temporaryFile();
    const raw = new Database(path);
    migrate(raw, [...migrations, next]);
    raw.close();
    const { storage } = await opened({ path });
    expect(await commitOne(storage, newSession("a"))).toEqual({ ok: true });
    await storage.close();
    expect(version(path)).toBe(newest + 1);
  });

  it("refuse a file that only newer versions understand", async () => {
    const path = temporaryFile();
    const raw = new Database(path);
    migrate(raw, [...migrations, next, breaking]);
    raw.close();
    for (const readOnly of [false, true]) {
      expect(await failureOf(() => sqliteStorage({ path, readOnly }).open())).toEqual({
        code: "storage_newer",
        message: expect.stringContaining(path),
      });
    }
  });

  it("leave the file as it was when a step fails", () => {
    const path = temporaryFile();
    const raw = closing(new Database(path));
    migrate(raw);
    const failing = {
      version: newest + 2,
      minReaderVersion: newest + 2,
      sql: "ALTER TABLE nowhere ADD COLUMN x",
    };
    expect(() => migrate(raw, [...migrations, next, failing])).toThrow("nowhere");
    expect(version(path)).toBe(newest);
    expect(raw.pragma("table_info(sessions)")).not.toContainEqual(expect.objectContaining({ name: "added" }));
  });
});

describe("backup and secure deletion", () => {
  it("copies a database that is in use", async () => {
    const path = temporaryFile();
    const copyPath = temporaryFile();
    const { storage } = await opened({ path });
    await storage.commit(Array.from({ length: 500 }, (_, index) => newSession(`s${index}`)));
    const [, result] = await Promise.all([
      storage.backup(copyPath),
      commitOne(storage, newSession("during")),
    ]);
    expect(result).toEqual({ ok: true });
    const { storage: copy } = await opened({ path: copyPath });
    expect((await copy.stats()).sessions.active).toBeGreaterThanOrEqual(500);
    expect(await commitOne(copy, newSession("after"))).toEqual({ ok: true });
    expect(await storage.getSession("after")).toBe(null);
  });

  it("leaves no trace of a purged session on the disk", async () => {
    const path = temporaryFile();
    const { storage } = await opened({ path, secureDelete: true });
    const marked = {
      ...newSession("gone", {
        status: "completed",
        externalId: "marker-external",
        metadata: { a: "marker-data" },
        escalationCount: 1,
      }),
      escalations: [sampleEscalation({ sessionId: "gone", queue: "marker-queue", reason: "marker-reason" })],
    };
    await storage.commit([newSession("kept"), marked, recording("gone", 1, { b: "marker-activity" })]);
    const onDisk = () =>
      readdirSync(dirname(path))
        .map((name) => readFileSync(join(dirname(path), name), "latin1"))
        .join("");
    expect(onDisk()).toContain("marker-");
    expect(await storage.purge({ now: at, closedBefore: at + 1_000, limit: 10 })).toEqual({
      sessions: 1,
      keys: 0,
    });
    expect(onDisk()).not.toContain("marker-");
    const raw = closing(new Database(path, { readonly: true }));
    expect(raw.prepare("SELECT * FROM tombstones").all()).toEqual([
      {
        id: "gone",
        workflow: "default",
        status: "completed",
        created_at: at,
        closed_at: at + 1,
        purged_at: at,
        activities: 1,
        firings: 0,
        effects: 0,
      },
    ]);
  });
});
