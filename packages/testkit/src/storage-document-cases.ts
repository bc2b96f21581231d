import type { DocumentChange } from "@hybrid-orchestrator/core";
import { changeOf, given, newSession, startAt } from "./storage-fixtures.js";
import type { StorageCases } from "./storage-suite.js";

const conflict = { ok: false, reason: "conflict" };

function worker(expectedVersion: number, overrides: Partial<DocumentChange> = {}): DocumentChange {
  return {
    aggregate: "worker",
    id: "w1",
    expectedVersion,
    body: { capacity: expectedVersion },
    ...overrides,
  };
}

/** Records that are aggregates of their own. */
export function documentCases({ describe, test, expect }: StorageCases): void {
  describe("documents", () => {
    test("are created, replaced and removed by version", async ({ storage }) => {
      const stored = { aggregate: "worker", id: "w1", expiresAt: null };
      await given(storage, worker(0));
      expect(await storage.getDocument("worker", "w1")).toEqual({
        ...stored,
        version: 1,
        body: { capacity: 0 },
      });
      await given(storage, worker(1));
      expect(await storage.getDocument("worker", "w1")).toEqual({
        ...stored,
        version: 2,
        body: { capacity: 1 },
      });
      await given(storage, worker(2, { body: null }));
      expect(await storage.getDocument("worker", "w1")).toBe(null);
      await given(storage, worker(0));
    });

    test("refuse a stale version, a second creation and a change of nothing", async ({ storage }) => {
      expect(await storage.commit([worker(1), worker(1, { body: null })])).toEqual([conflict, conflict]);
      await given(storage, worker(0), worker(1));
      const stale = [worker(0), worker(1), worker(3), worker(1, { body: null })];
      expect(await storage.commit(stale)).toEqual(stale.map(() => conflict));
      expect((await storage.getDocument("worker", "w1"))?.body).toEqual({ capacity: 1 });
    });

    test("are kept apart by aggregate", async ({ storage }) => {
      await given(storage, worker(0), worker(0, { aggregate: "recipient", body: { suppressed: true } }));
      expect((await storage.getDocument("recipient", "w1"))?.body).toEqual({ suppressed: true });
      expect(await storage.getDocument("key", "w1")).toBe(null);
    });

    test("keep their expiry until a change names another", async ({ storage }) => {
      const expiry = async () => (await storage.getDocument("worker", "w1"))?.expiresAt;
      await given(storage, worker(0, { expiresAt: startAt }), worker(1));
      expect(await expiry()).toBe(startAt);
      await given(storage, worker(2, { expiresAt: startAt + 1 }));
      expect(await expiry()).toBe(startAt + 1);
      await given(storage, worker(3, { expiresAt: null }));
      expect(await expiry()).toBe(null);
    });

    test("share a call with sessions, each with its own result", async ({ storage }) => {
      await given(storage, newSession("a"), worker(0));
      expect(await storage.commit([changeOf("a", 1), worker(0), changeOf("a", 1), worker(1)])).toEqual([
        { ok: true },
        conflict,
        conflict,
        { ok: true },
      ]);
    });
  });
}
