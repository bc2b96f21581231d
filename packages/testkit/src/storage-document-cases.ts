import type { DocumentChange } from "@hybrid-orchestrator/core";
import { changeOf, failureOf, given, idsOf, newSession, pagesOf, startAt } from "./storage-fixtures.js";
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

    test("are listed by aggregate in the order of their ids, page by page, both ways", async ({
      storage,
    }) => {
      const ids = ["d", "a", "f", "b/c", "e1", "e10", "e2"];
      await given(
        storage,
        ...ids.map((id) => worker(0, { id, body: { id } })),
        worker(0, { id: "a", aggregate: "recipient" }),
      );
      const sorted = ["a", "b/c", "d", "e1", "e10", "e2", "f"];
      for (const limit of [1, 2, 3, 6, 7, 500]) {
        for (const order of ["asc", "desc"] as const) {
          const pages = await pagesOf((query) => storage.listDocuments({ ...query, aggregate: "worker" }), {
            limit,
            order,
          });
          expect(pages.flatMap(idsOf)).toEqual(order === "asc" ? sorted : [...sorted].reverse());
          expect(pages.every((page) => page.length <= limit)).toBe(true);
        }
      }
      expect((await storage.listDocuments({ aggregate: "recipient", limit: 9 })).items).toEqual([
        await storage.getDocument("recipient", "a"),
      ]);
      expect((await storage.listDocuments({ aggregate: "key", limit: 9 })).items).toEqual([]);
    });

    test("are listed as they are gotten: expired until they are purged, and never when removed", async ({
      storage,
    }) => {
      await given(
        storage,
        worker(0, { id: "expired", expiresAt: startAt }),
        worker(0, { id: "kept" }),
        worker(0, { id: "removed" }),
        worker(1, { id: "removed", body: null }),
        worker(1, { id: "kept", expiresAt: startAt + 2 }),
      );
      const listed = async () => (await storage.listDocuments({ aggregate: "worker", limit: 9 })).items;
      expect(await listed()).toEqual([
        await storage.getDocument("worker", "expired"),
        await storage.getDocument("worker", "kept"),
      ]);
      await storage.purge({ now: startAt + 1, closedBefore: startAt, limit: 9 });
      expect(await listed()).toEqual([await storage.getDocument("worker", "kept")]);
    });

    test("refuse a cursor of another aggregate or order", async ({ storage }) => {
      await given(storage, worker(0), worker(0, { id: "w2" }));
      const { nextCursor: cursor } = await storage.listDocuments({ aggregate: "worker", limit: 1 });
      expect(typeof cursor).toBe("string");
      for (const query of [{ aggregate: "recipient" }, { aggregate: "worker", order: "desc" }] as const)
        expect(await failureOf(() => storage.listDocuments({ ...query, limit: 1, cursor }))).toBe(
          "invalid_cursor",
        );
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
