import type { PageQuery, SessionQuery, SessionRecord, Storage } from "@hybrid-orchestrator/core";
import {
  actionEffect,
  activities,
  activity,
  changeOf,
  deliveryEffect,
  failureOf,
  firing,
  given,
  idsOf,
  newSession,
  pagesOf,
  recording,
  startAt,
} from "./storage-fixtures.js";
import type { StorageCases } from "./storage-suite.js";

/** Eight sessions, of which several share each timestamp and each status; `updatedAt` runs against `createdAt`. */
async function givenSessions(storage: Storage): Promise<void> {
  const statuses = [
    "active",
    "completed",
    "paused",
    "active",
    "expired",
    "completed",
    "active",
    "active",
  ] as const;
  const changes = statuses.map((status, index) =>
    newSession(`s${index}`, {
      session: {
        status,
        workflow: index % 2 === 0 ? "even" : "odd",
        createdAt: startAt + Math.floor(index / 3),
        updatedAt: startAt + 100 - Math.floor(index / 4),
      },
    }),
  );
  await given(storage, ...changes);
}

/** Pagings of a session listing, by every page size that splits it differently. */
async function inPagesOf(
  storage: Storage,
  limit: number,
  query: Omit<SessionQuery, "limit">,
): Promise<string[]> {
  const pages = await pagesOf<SessionRecord, SessionQuery>((page) => storage.listSessions(page), {
    ...query,
    limit,
  });
  return pages.flatMap(idsOf);
}

/** Listings: order, filters, pages, and what is refused. */
export function listingCases({ describe, test, expect }: StorageCases): void {
  describe("listSessions", () => {
    test("orders by creation, ascending unless asked otherwise", async ({ storage }) => {
      await givenSessions(storage);
      const { items, nextCursor } = await storage.listSessions({ limit: 500 });
      const times = items.map(({ createdAt }) => createdAt - startAt);
      expect(times).toEqual([0, 0, 0, 1, 1, 1, 2, 2]);
      expect(nextCursor).toBe(null);
      const descending = await storage.listSessions({ limit: 500, order: "desc" });
      expect(idsOf(descending.items)).toEqual(idsOf(items).reverse());
    });

    test("pages without loss, repetition or another order among equal times", async ({ storage }) => {
      await givenSessions(storage);
      for (const sortBy of ["createdAt", "updatedAt"] as const) {
        for (const order of ["asc", "desc"] as const) {
          const whole = await inPagesOf(storage, 500, { sortBy, order });
          expect([...whole].sort()).toEqual(["s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7"]);
          for (const limit of [1, 2, 3, 7, 8])
            expect(await inPagesOf(storage, limit, { sortBy, order })).toEqual(whole);
        }
      }
    });

    test("orders by the last update", async ({ storage }) => {
      await givenSessions(storage);
      const { items } = await storage.listSessions({ limit: 8, sortBy: "updatedAt" });
      expect(items.map(({ updatedAt }) => updatedAt - startAt)).toEqual([99, 99, 99, 99, 100, 100, 100, 100]);
    });

    test("filters by statuses and workflow", async ({ storage }) => {
      await givenSessions(storage);
      const ids = async (query: Omit<SessionQuery, "limit">) => (await inPagesOf(storage, 2, query)).sort();
      expect(await ids({ status: ["completed", "expired"] })).toEqual(["s1", "s4", "s5"]);
      expect(await ids({ workflow: "odd" })).toEqual(["s1", "s3", "s5", "s7"]);
      expect(await ids({ workflow: "odd", status: ["active"], order: "desc" })).toEqual(["s3", "s7"]);
      expect(await ids({ workflow: "odd", status: ["completed"], sortBy: "updatedAt" })).toEqual([
        "s1",
        "s5",
      ]);
      expect(await ids({ workflow: "none" })).toEqual([]);
    });

    test("gives whole records", async ({ storage }) => {
      await given(storage, newSession("a", { session: { metadata: { step: 1 }, summary: "text" } }));
      const { items } = await storage.listSessions({ limit: 1 });
      expect(items).toEqual([await storage.getSession("a")]);
    });

    test("has no next cursor when the last page is full", async ({ storage }) => {
      await given(storage, newSession("a"), newSession("b"));
      expect((await storage.listSessions({ limit: 2 })).nextCursor).toBe(null);
    });
  });

  describe("listActivities", () => {
    test("orders by seq and pages in both directions", async ({ storage }) => {
      await given(storage, newSession("a"), recording("a", 1, activities(1, 7)), newSession("b"));
      await given(storage, recording("b", 1, activities(1, 2)));
      const list = storage.listActivities.bind(storage);
      expect((await pagesOf(list, { sessionId: "a", limit: 3 })).flat()).toEqual(activities(1, 7));
      const descending = await pagesOf(list, { sessionId: "a", limit: 3, order: "desc" });
      expect(descending.map((page) => page.map(({ seq }) => seq))).toEqual([[7, 6, 5], [4, 3, 2], [1]]);
    });

    test("filters by types, actors and the seq to begin after", async ({ storage }) => {
      const log = [
        activity(1, { type: "error" }),
        activity(2, { actor: "ai" }),
        activity(3, { type: "error", actor: "human" }),
        activity(4),
      ];
      await given(storage, newSession("a"), recording("a", 1, log));
      const seqs = async (query: object) => {
        const pages = await pagesOf(storage.listActivities.bind(storage), {
          sessionId: "a",
          limit: 1,
          ...query,
        });
        return pages.flat().map(({ seq }) => seq);
      };
      expect(await seqs({ types: ["error"] })).toEqual([1, 3]);
      expect(await seqs({ types: ["error", "click"], actors: ["user"] })).toEqual([1, 4]);
      expect(await seqs({ afterSeq: 2 })).toEqual([3, 4]);
      expect(await seqs({ afterSeq: 2, order: "desc" })).toEqual([4, 3]);
      expect(await seqs({ sessionId: "none" })).toEqual([]);
    });
  });

  describe("listFirings", () => {
    test("orders by commit, of one session or of all, filtered by trigger", async ({ storage }) => {
      await given(
        storage,
        newSession("a", { firings: [firing("a", "idle", 1)] }),
        newSession("b", { firings: [firing("b", "idle", 1), firing("b", "error", 1)] }),
        changeOf("a", 1, { firings: [firing("a", "idle", 2)] }),
      );
      const list = async (query: object) => {
        const pages = await pagesOf(storage.listFirings.bind(storage), { limit: 1, ...query });
        return pages.flat().map(({ sessionId, trigger, ordinal }) => `${sessionId} ${trigger} ${ordinal}`);
      };
      const all = ["a idle 1", "b idle 1", "b error 1", "a idle 2"];
      expect(await list({})).toEqual(all);
      expect(await list({ order: "desc" })).toEqual(all.reverse());
      expect(await list({ sessionId: "a" })).toEqual(["a idle 1", "a idle 2"]);
      expect(await list({ trigger: "idle", order: "desc" })).toEqual(["a idle 2", "b idle 1", "a idle 1"]);
      expect(await list({ sessionId: "b", trigger: "error" })).toEqual(["b error 1"]);
      expect(await list({ sessionId: "none" })).toEqual([]);
      const blocked = firing("b", "blocked", 1, {
        mode: "holdout",
        arm: "control",
        blocker: { kind: "stalled", severity: "high", description: "No progress." },
      });
      await given(storage, changeOf("b", 1, { firings: [blocked] }));
      expect((await storage.listFirings({ trigger: "blocked", limit: 1 })).items).toEqual([blocked]);
    });
  });

  describe("listEffects", () => {
    test("orders by creation, whatever happened to them since, with every filter", async ({ storage }) => {
      await given(
        storage,
        newSession("a", { effects: [actionEffect("a", "e1"), deliveryEffect("a", "e2")] }),
        newSession("b", { effects: [deliveryEffect("b", "e3", { lane: "email" }), actionEffect("b", "e4")] }),
        changeOf("a", 1, { effects: [actionEffect("a", "e1", { dueAt: null })] }),
      );
      const list = async (query: object) => {
        const pages = await pagesOf(storage.listEffects.bind(storage), { limit: 1, ...query });
        return idsOf(pages.flat());
      };
      expect(await list({})).toEqual(["e1", "e2", "e3", "e4"]);
      expect(await list({ order: "desc" })).toEqual(["e4", "e3", "e2", "e1"]);
      expect(await list({ sessionId: "a" })).toEqual(["e1", "e2"]);
      expect(await list({ kind: "delivery" })).toEqual(["e2", "e3"]);
      expect(await list({ status: ["done"] })).toEqual(["e1"]);
      expect(await list({ status: ["done", "pending"] })).toEqual(["e1", "e2", "e3", "e4"]);
      expect(await list({ status: ["done", "pending"], order: "desc" })).toEqual(["e4", "e3", "e2", "e1"]);
      expect(await list({ lane: "email" })).toEqual(["e3"]);
      expect(await list({ sessionId: "b", kind: "action", status: ["pending"] })).toEqual(["e4"]);
      expect((await storage.listEffects({ sessionId: "a", limit: 1 })).items).toEqual([
        actionEffect("a", "e1", { dueAt: null }),
      ]);
    });
  });

  describe("every listing", () => {
    const listings: Record<
      string,
      (storage: Storage, query: PageQuery) => Promise<{ nextCursor: string | null }>
    > = {
      listSessions: (storage, query) => storage.listSessions(query),
      listActivities: (storage, query) => storage.listActivities({ ...query, sessionId: "a" }),
      listFirings: (storage, query) => storage.listFirings(query),
      listEffects: (storage, query) => storage.listEffects(query),
      listEscalations: (storage, query) => storage.listEscalations(query),
      listDocuments: (storage, query) => storage.listDocuments({ ...query, aggregate: "worker" }),
    };

    for (const [name, list] of Object.entries(listings)) {
      test(`refuses in ${name} a limit outside 1 to 500 and a cursor that is none`, async ({ storage }) => {
        for (const limit of [0, -1, 501, 1.5, Number.NaN]) {
          expect(await failureOf(() => list(storage, { limit }))).toBe("invalid_argument");
        }
        for (const cursor of ["", "garbage", "bnVsbA", "WzFd"]) {
          expect(await failureOf(() => list(storage, { limit: 1, cursor }))).toBe("invalid_cursor");
        }
        await list(storage, { limit: 500, cursor: null });
      });
    }

    test("refuses a cursor of another listing or order", async ({ storage }) => {
      await given(storage, newSession("a"), newSession("b"), recording("a", 1, activities(1, 2)));
      const { nextCursor: cursor } = await storage.listSessions({ limit: 1 });
      expect(typeof cursor).toBe("string");
      const wrong = [
        () => storage.listSessions({ limit: 1, cursor, order: "desc" }),
        () => storage.listSessions({ limit: 1, cursor, sortBy: "updatedAt" }),
        () => storage.listActivities({ limit: 1, cursor, sessionId: "a" }),
        () => storage.listEscalations({ limit: 1, cursor }),
        () => storage.listDocuments({ limit: 1, cursor, aggregate: "worker" }),
      ];
      for (const call of wrong) expect(await failureOf(call)).toBe("invalid_cursor");
    });
  });
}
