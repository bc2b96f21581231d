import type { EscalationQuery, Storage } from "@hybrid-orchestrator/core";
import {
  changeOf,
  escalation,
  given,
  idsOf,
  loadOne,
  newSession,
  pagesOf,
  startAt,
} from "./storage-fixtures.js";
import type { StorageCases } from "./storage-suite.js";
import { hostileTexts } from "./suite-helpers.js";

/** Six of two sessions, opened in the order of their numbers; their other properties cut across it. */
async function givenEscalations(storage: Storage): Promise<void> {
  await given(
    storage,
    newSession("a", {
      session: { escalationCount: 2 },
      escalations: [
        escalation("a", "x1", { status: "resolved", worker: "ada" }),
        escalation("a", "x2", { status: "claimed", worker: "ada", queue: "billing" }),
      ],
    }),
    newSession("b", {
      session: { escalationCount: 2 },
      escalations: [
        escalation("b", "x4", { kind: "question" }),
        escalation("b", "x3", { kind: "approval", queue: null }),
      ],
    }),
    changeOf("a", 1, {
      session: { escalationCount: 4 },
      escalations: [
        escalation("a", "x5", { status: "in_progress", worker: "ben", queue: "billing" }),
        escalation("a", "x6", { kind: "approval", status: "expired", queue: "billing" }),
      ],
    }),
  );
  // What happens to one later moves it nowhere.
  await given(
    storage,
    changeOf("b", 1, { escalations: [escalation("b", "x4", { kind: "question", status: "offered" })] }),
  );
}

/** What a human is wanted for: kept with its session, in the order of opening. */
export function escalationCases({ describe, test, expect }: StorageCases): void {
  describe("escalations", () => {
    test("are kept whole, and replaced by their id", async ({ storage }) => {
      const opened = escalation("a", "x1", {
        skills: [{ name: "tax", level: 3 }],
        openings: [1, 2, startAt],
      });
      await given(storage, newSession("a", { session: { escalationCount: 1 }, escalations: [opened] }));
      expect(await storage.getEscalation("x1")).toEqual(opened);
      expect((await loadOne(storage, "a")).escalations).toEqual([opened]);
      const claimed = { ...opened, ...escalation("a", "x1", { status: "claimed", worker: "ada" }) };
      await given(storage, changeOf("a", 1, { escalations: [claimed] }));
      expect(await storage.getEscalation("x1")).toEqual(claimed);
      expect((await loadOne(storage, "a")).escalations).toEqual([claimed]);
      expect((await storage.listEscalations({ limit: 9 })).items).toEqual([claimed]);
      expect(await storage.getEscalation("none")).toBe(null);
    });

    test("count as they were given last when one change has one twice", async ({ storage }) => {
      const last = escalation("a", "x1", { status: "resolved" });
      await given(
        storage,
        newSession("a", {
          session: { escalationCount: 2 },
          escalations: [escalation("a", "x1"), escalation("a", "x2"), last],
        }),
      );
      expect(idsOf((await storage.listEscalations({ limit: 9 })).items)).toEqual(["x1", "x2"]);
      expect(await storage.getEscalation("x1")).toEqual(last);
    });

    test("of a refused change are not written, neither new nor replaced", async ({ storage }) => {
      const opened = escalation("a", "x1");
      await given(storage, newSession("a", { session: { escalationCount: 1 }, escalations: [opened] }));
      const stale = changeOf("a", 7, {
        escalations: [
          escalation("a", "x1", { status: "claimed", worker: "ada", queue: "billing" }),
          escalation("a", "x2"),
        ],
      });
      expect(await storage.commit([stale])).toEqual([{ ok: false, reason: "conflict" }]);
      expect(await storage.getEscalation("x1")).toEqual(opened);
      expect(await storage.getEscalation("x2")).toBe(null);
      expect(idsOf((await storage.listEscalations({ limit: 9 })).items)).toEqual(["x1"]);
      for (const query of [{ worker: "ada" }, { queue: "billing" }, { status: ["claimed"] }] as const)
        expect((await storage.listEscalations({ ...query, limit: 9 })).items).toEqual([]);
    });

    test("stay with their session: a change of another is an error and writes nothing", async ({
      storage,
    }) => {
      const opened = escalation("a", "x1");
      await given(
        storage,
        newSession("a", { session: { escalationCount: 1 }, escalations: [opened] }),
        newSession("b"),
      );
      const thief = changeOf("b", 1, {
        session: { summary: "lost" },
        escalations: [escalation("b", "x1", { status: "claimed", worker: "ada" })],
      });
      const results = await storage.commit([thief, changeOf("a", 1)]);
      expect(results.map((result) => (result.ok ? "ok" : result.reason))).toEqual(["error", "ok"]);
      expect(await storage.getEscalation("x1")).toEqual(opened);
      const { session, escalations } = await loadOne(storage, "b", { escalationIds: ["x1"] });
      expect([session.version, session.summary, escalations]).toEqual([1, null, []]);
    });

    test("survive whatever somebody wrote into them", async ({ storage }) => {
      const written = hostileTexts.map((text, index) =>
        escalation("a", `x${index}`, {
          reason: text,
          question: text,
          outcome: text,
          suggestedHumanAction: text,
          notes: [{ worker: "ada", at: startAt, text }],
          handBack: { mode: "continue", text, facts: [text], decisions: [], promises: [text], avoid: [] },
        }),
      );
      await given(
        storage,
        newSession("a", { session: { escalationCount: written.length }, escalations: written }),
      );
      expect((await loadOne(storage, "a")).escalations).toEqual(written);
      expect((await storage.listEscalations({ limit: 99 })).items).toEqual(written);
      for (const each of written) expect(await storage.getEscalation(each.id)).toEqual(each);
    });
  });

  describe("escalations of a snapshot", () => {
    const loadedIds = async (storage: Storage, sessionId: string, escalationIds?: readonly string[]) =>
      idsOf((await loadOne(storage, sessionId, escalationIds && { escalationIds })).escalations);

    test("are those that have not ended and the newest, in the order of opening", async ({ storage }) => {
      const statuses = ["queued", "offered", "claimed", "in_progress", "waiting"] as const;
      const ended = ["resolved", "cancelled", "expired"] as const;
      // Ids and moments against the order in which they are opened.
      const all = [...ended, ...statuses, ...ended].map((status, index) =>
        escalation("a", `x${99 - index}`, { status, openedAt: startAt + 99 - index }),
      );
      await given(
        storage,
        newSession("a", { session: { escalationCount: all.length }, escalations: all }),
        newSession("b", { session: { escalationCount: 1 }, escalations: [escalation("b", "y")] }),
      );
      expect((await loadOne(storage, "a")).escalations).toEqual([...all.slice(3, 8), ...all.slice(-1)]);
      expect(await loadedIds(storage, "b")).toEqual(["y"]);
    });

    test("name the newest once, whether or not it has ended", async ({ storage }) => {
      const put = (version: number, id: string, status: "queued" | "resolved") =>
        given(
          storage,
          changeOf("a", version, {
            session: { escalationCount: version },
            escalations: [escalation("a", id, { status })],
          }),
        );
      await given(storage, newSession("a"));
      expect(await loadedIds(storage, "a")).toEqual([]);
      await put(1, "x1", "queued");
      expect(await loadedIds(storage, "a")).toEqual(["x1"]);
      await put(2, "x1", "resolved");
      expect(await loadedIds(storage, "a")).toEqual(["x1"]);
      await put(3, "x2", "queued");
      expect(await loadedIds(storage, "a")).toEqual(["x2"]);
      await put(4, "x2", "resolved");
      await put(5, "x1", "resolved");
      expect(await loadedIds(storage, "a")).toEqual(["x2"]);
    });

    test("hold those asked for in their place, each once, and none of another session", async ({
      storage,
    }) => {
      await givenEscalations(storage);
      expect(await loadedIds(storage, "a")).toEqual(["x2", "x5", "x6"]);
      const wanted = ["x6", "x1", "x2", "x1", "x4", "none"];
      expect(await loadedIds(storage, "a", wanted)).toEqual(["x1", "x2", "x5", "x6"]);
      expect(await loadedIds(storage, "a", [])).toEqual(["x2", "x5", "x6"]);
      // Two requests of one session in one call do not share what they ask for.
      const requests = [["x1"], undefined].map((escalationIds) => ({
        sessionId: "a",
        rulesHash: "rules",
        recent: 0,
        ...(escalationIds && { escalationIds }),
      }));
      const snapshots = await storage.load(requests);
      expect(snapshots.map((snapshot) => idsOf(snapshot?.escalations ?? []))).toEqual([
        ["x1", "x2", "x5", "x6"],
        ["x2", "x5", "x6"],
      ]);
    });

    test("are what a locked decision sees, and may replace", async ({ storage }) => {
      await givenEscalations(storage);
      const request = { sessionId: "a", rulesHash: "rules", recent: 0, escalationIds: ["x1"] };
      const result = await storage.decideLocked(request, (snapshot) => {
        expect(idsOf(snapshot?.escalations ?? [])).toEqual(["x1", "x2", "x5", "x6"]);
        return changeOf("a", 2, { escalations: [escalation("a", "x2", { status: "cancelled" })] });
      });
      expect(result).toEqual({ ok: true });
      expect(await loadedIds(storage, "a")).toEqual(["x5", "x6"]);
    });
  });

  describe("listEscalations", () => {
    test("orders by opening, of one session or of all, with every filter, in both directions", async ({
      storage,
    }) => {
      await givenEscalations(storage);
      const wanted: readonly (readonly [Omit<EscalationQuery, "limit">, readonly string[]])[] = [
        [{}, ["x1", "x2", "x4", "x3", "x5", "x6"]],
        [{ sessionId: "a" }, ["x1", "x2", "x5", "x6"]],
        [{ sessionId: "none" }, []],
        [{ kind: ["approval"] }, ["x3", "x6"]],
        [{ kind: ["approval", "question"] }, ["x4", "x3", "x6"]],
        [{ status: ["resolved", "expired"] }, ["x1", "x6"]],
        [{ status: ["queued", "offered", "claimed"] }, ["x2", "x4", "x3"]],
        [{ status: ["queued", "expired"] }, ["x3", "x6"]],
        [{ status: ["waiting"] }, []],
        [{ status: [] }, []],
        [{ queue: "support" }, ["x1", "x4"]],
        [{ queue: "billing" }, ["x2", "x5", "x6"]],
        [{ queue: "billing", status: ["claimed", "in_progress"] }, ["x2", "x5"]],
        [{ worker: "ada" }, ["x1", "x2"]],
        [{ worker: "ada", status: ["claimed", "in_progress"] }, ["x2"]],
        [{ worker: "ben", queue: "billing" }, ["x5"]],
        [{ worker: "ben", queue: "support" }, []],
        [{ sessionId: "a", queue: "billing", kind: ["takeover"], status: ["in_progress"] }, ["x5"]],
        [{ sessionId: "b", worker: "ada" }, []],
      ];
      for (const [query, ids] of wanted) {
        for (const limit of [1, 2, 500]) {
          const list = storage.listEscalations.bind(storage);
          const ascending = await pagesOf(list, { ...query, limit });
          expect(ascending.flatMap(idsOf)).toEqual(ids);
          expect(ascending.every((page) => page.length <= limit)).toBe(true);
          const descending = await pagesOf(list, { ...query, limit, order: "desc" });
          expect(descending.flatMap(idsOf)).toEqual([...ids].reverse());
        }
      }
    });

    test("finds those of a workflow, and those that were opened from one moment up to before another", async ({
      storage,
    }) => {
      const opened = (sessionId: string, id: string, after: number) =>
        escalation(sessionId, id, { openedAt: startAt + after });
      await given(
        storage,
        newSession("a", {
          session: { workflow: "loans", escalationCount: 3 },
          // What was due while nobody was there to notice is opened late, at the moment when it was due.
          escalations: [opened("a", "x1", 20), opened("a", "x2", 10), opened("a", "x3", 30)],
        }),
        newSession("b", {
          session: { workflow: "claims", escalationCount: 2 },
          escalations: [opened("b", "x4", 15), opened("b", "x5", 40)],
        }),
      );
      // Whatever becomes of it, it was opened when it was opened.
      await given(
        storage,
        changeOf("a", 1, {
          escalations: [{ ...opened("a", "x3", 30), status: "resolved", updatedAt: startAt + 99 }],
        }),
      );
      const wanted: readonly (readonly [Omit<EscalationQuery, "limit">, readonly string[]])[] = [
        [{ openedFrom: startAt + 20 }, ["x1", "x3", "x5"]],
        [{ openedTo: startAt + 20 }, ["x2", "x4"]],
        [{ openedFrom: startAt + 10, openedTo: startAt + 30 }, ["x1", "x2", "x4"]],
        [{ openedFrom: startAt + 30, openedTo: startAt + 30 }, []],
        [{ openedFrom: startAt + 41 }, []],
        [{ openedFrom: 0, openedTo: startAt + 1_000 }, ["x1", "x2", "x3", "x4", "x5"]],
        [{ workflow: "loans" }, ["x1", "x2", "x3"]],
        [{ workflow: "none" }, []],
        [{ workflow: "claims", openedFrom: startAt + 20 }, ["x5"]],
        [{ sessionId: "a", status: ["resolved"], openedFrom: startAt + 30 }, ["x3"]],
      ];
      for (const [query, ids] of wanted) {
        for (const limit of [1, 500]) {
          const list = storage.listEscalations.bind(storage);
          expect((await pagesOf(list, { ...query, limit })).flatMap(idsOf)).toEqual(ids);
          const descending = await pagesOf(list, { ...query, limit, order: "desc" });
          expect(descending.flatMap(idsOf)).toEqual([...ids].reverse());
        }
      }
    });

    test("goes on where it was, whatever is opened, replaced or purged meanwhile", async ({ storage }) => {
      await givenEscalations(storage);
      const first = await storage.listEscalations({ limit: 4 });
      await given(
        storage,
        changeOf("b", 2, {
          session: { status: "completed", escalationCount: 3 },
          escalations: [escalation("b", "x7"), escalation("b", "x3", { status: "resolved" })],
        }),
      );
      const second = await storage.listEscalations({ limit: 2, cursor: first.nextCursor });
      expect(idsOf(second.items)).toEqual(["x5", "x6"]);
      // The newest goes; what comes after must not take its place before the cursor.
      const last = await storage.listEscalations({ limit: 1, order: "desc" });
      expect(idsOf(last.items)).toEqual(["x7"]);
      await storage.purge({ now: startAt, closedBefore: startAt + 1, limit: 9 });
      await given(
        storage,
        newSession("c", { session: { escalationCount: 1 }, escalations: [escalation("c", "x8")] }),
      );
      const rest = await storage.listEscalations({ limit: 9, cursor: second.nextCursor });
      expect(idsOf(rest.items)).toEqual(["x8"]);
      const before = await storage.listEscalations({ limit: 9, order: "desc", cursor: last.nextCursor });
      expect(idsOf(before.items)).toEqual(["x6", "x5", "x2", "x1"]);
    });
  });
}
