import { describe, expect, it } from "vitest";
import { Database } from "../src/driver.js";
import { newSession, recording } from "./shapes.js";
import { closing, commitOne, failureOf, opened, temporaryFile } from "./temporary.js";

const transactions = (statements: readonly string[]) => statements.filter((sql) => sql === "COMMIT").length;

/** Another process's write transaction, as far as SQLite can tell. */
function lockedElsewhere(path: string): { release(): void } {
  const other = closing(new Database(path));
  other.exec("BEGIN IMMEDIATE");
  return { release: () => other.exec("COMMIT") };
}

describe("group commit", () => {
  it("writes the calls of one turn in one transaction, those from its microtasks too", async () => {
    const { storage, statements } = await opened({ path: temporaryFile() });
    const later = async (id: string) => {
      for (let hop = 0; hop < 5; hop += 1) await Promise.resolve();
      return storage.commit([newSession(id)]);
    };
    const results = await Promise.all([
      storage.commit([newSession("a"), newSession("b")]),
      storage.commit([newSession("c")]),
      later("d"),
    ]);
    expect(results.flat()).toEqual([{ ok: true }, { ok: true }, { ok: true }, { ok: true }]);
    expect(transactions(statements)).toBe(1);
  });

  it("begins another transaction for the next turn", async () => {
    const { storage, statements } = await opened({ path: temporaryFile() });
    await storage.commit([newSession("a")]);
    await storage.commit([newSession("b")]);
    expect(transactions(statements)).toBe(2);
  });

  it("rolls a failing group back and gives each change its own result", async () => {
    const { storage, statements } = await opened({ path: temporaryFile() });
    const twice = recording("b", 1).activities ?? [];
    const results = await Promise.all([
      storage.commit([newSession("a"), { ...newSession("b"), activities: [...twice, ...twice] }]),
      storage.commit([newSession("c"), newSession("a")]),
    ]);
    expect(results.flat().map((result) => (result.ok ? "ok" : result.reason))).toEqual([
      "ok",
      "error",
      "ok",
      "conflict",
    ]);
    expect(statements.filter((sql) => sql === "ROLLBACK")).toHaveLength(2);
    expect(await storage.getSession("b")).toBe(null);
    const activities = (await storage.readEvents({ limit: 10 })).events;
    expect(activities).toEqual([]);
  });

  it("keeps results with their callers", async () => {
    const { storage } = await opened({ path: ":memory:" });
    await storage.commit([newSession("a"), newSession("b")]);
    const [one, two, three] = await Promise.all([
      storage.commit([recording("a", 1), recording("a", 1)]),
      storage.commit([]),
      storage.commit([recording("b", 9), recording("b", 1)]),
    ]);
    const conflict = { ok: false, reason: "conflict" };
    expect([one, two, three]).toEqual([[{ ok: true }, conflict], [], [conflict, { ok: true }]]);
  });
});

describe("a locked database", () => {
  it("is waited for without holding up the event loop, and whoever comes meanwhile joins", async () => {
    const path = temporaryFile();
    const { storage, statements } = await opened({ path });
    const lock = lockedElsewhere(path);
    let turns = 0;
    const ticking = setInterval(() => {
      turns += 1;
    }, 1);
    const first = storage.commit([newSession("a")]);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const second = storage.commit([newSession("b")]);
    lock.release();
    expect((await Promise.all([first, second])).flat()).toEqual([{ ok: true }, { ok: true }]);
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(3);
    expect(transactions(statements)).toBe(1);
  });

  it("fails with storage_busy after busyTimeoutMs, having written nothing", async () => {
    const path = temporaryFile();
    const { storage } = await opened({ path, busyTimeoutMs: 100 });
    const lock = lockedElsewhere(path);
    const calls = [
      () => storage.commit([newSession("a")]),
      () => storage.heartbeat({ node: "n", rulesHash: "r", now: 0, ttlMs: 1 }),
      () => storage.decideLocked({ sessionId: "a", rulesHash: "r", recent: 0 }, () => newSession("a")),
    ];
    for (const call of calls) {
      expect(await failureOf(call)).toEqual({ code: "storage_busy", message: expect.stringContaining(path) });
    }
    expect(await storage.getSession("a")).toBe(null);
    lock.release();
    expect(await commitOne(storage, newSession("a"))).toEqual({ ok: true });
  });

  it("can be read meanwhile", async () => {
    const path = temporaryFile();
    const { storage } = await opened({ path });
    await commitOne(storage, newSession("a"));
    lockedElsewhere(path);
    expect((await storage.getSession("a"))?.id).toBe("a");
    expect((await storage.health()).healthy).toBe(true);
  });
});
