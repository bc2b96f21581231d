import {
  actionEffect,
  activity,
  changeOf,
  escalation,
  firing,
  given,
  loadOne,
  newSession,
  recording,
  startAt,
  token,
  uiAction,
} from "./storage-fixtures.js";
import type { StorageCases } from "./storage-suite.js";

const ok = { ok: true };
const conflict = { ok: false, reason: "conflict" };

/** Versions, refusals, neighbours: what makes a commit whole or nothing. */
export function commitCases({ describe, test, expect }: StorageCases): void {
  describe("commit", () => {
    test("creates a session with version 1 and keeps every field", async ({ storage }) => {
      const change = newSession("a", {
        session: {
          externalId: "order-1",
          workflow: "claims",
          status: "paused",
          recipient: { id: "r", name: "Zoë", available: false, addresses: { pager: "7" } },
          metadata: { step: 2 },
          summary: "Waits for a document.",
          owner: { kind: "human", worker: "w1" },
          ownershipEpoch: 3,
          lastActivityAt: { user: 1, ai: 2, human: null, system: 4 },
          expiresAt: startAt + 5,
          revision: 7,
          evaluatedAt: startAt + 1,
          dueAt: startAt + 2,
          rulesHash: "other",
          counters: { idle: { fires: 2, lastFiredAt: startAt } },
          lastUiOrdinal: 4,
          escalationCount: 5,
        },
      });
      expect(await storage.commit([change])).toEqual([ok]);
      expect(await storage.getSession("a")).toEqual({ id: "a", version: 1, ...change.session });
    });

    test("changes only the fields that a change names, and counts its version", async ({ storage }) => {
      await given(
        storage,
        newSession("a", { session: { metadata: { kept: true }, summary: "kept", dueAt: 5 } }),
      );
      const before = await storage.getSession("a");
      await given(storage, changeOf("a", 1, { session: { status: "paused" } }));
      expect(await storage.getSession("a")).toEqual({ ...before, status: "paused", version: 2 });
    });

    test("sets each field by itself, to null too", async ({ storage }) => {
      await given(
        storage,
        newSession("a", { session: { dueAt: 5, summary: "s", expiresAt: 9, externalId: "e" } }),
      );
      const steps = [
        { dueAt: null },
        { dueAt: 7 },
        { summary: null },
        { recipient: { id: "r", available: true } },
        { metadata: { new: 1 } },
        { owner: { kind: "ai", agent: "claude" }, ownershipEpoch: 1 },
        { owner: { kind: "nobody" } },
        { lastActivityAt: { user: 3, ai: null, human: 4, system: null } },
        { counters: { idle: { fires: 1, lastFiredAt: 2 } } },
        { agentRecord: { calls: 2, tokens: 900, costUsd: 0.25, said: ["Hello"], summarizedSeq: 4 } },
        { expiresAt: null, externalId: null, recipient: null },
        {
          rulesHash: "next",
          evaluatedAt: 11,
          updatedAt: 12,
          revision: 13,
          lastUiOrdinal: 14,
          escalationCount: 15,
        },
      ] as const;
      let expected = await storage.getSession("a");
      for (const [index, session] of steps.entries()) {
        await given(storage, changeOf("a", index + 1, { session }));
        expected = expected && { ...expected, ...session, version: index + 2 };
        expect(await storage.getSession("a")).toEqual(expected);
      }
    });

    test("counts the version even when no field changes", async ({ storage }) => {
      await given(storage, newSession("a"), changeOf("a", 1));
      expect((await storage.getSession("a"))?.version).toBe(2);
    });

    test("refuses a stale version and writes nothing of that change", async ({ storage }) => {
      await given(storage, newSession("a"), changeOf("a", 1));
      const before = await loadOne(storage, "a", { rulesHash: "none", recent: 10 });
      const cursor = await storage.lastEventCursor();
      const stale = changeOf("a", 1, {
        session: { status: "paused", metadata: { lost: true }, lastSeq: 1, dueAt: 1 },
        activities: [activity(1)],
        checkpoint: { seq: 1, rulesHash: "none", state: {} },
        firings: [firing("a", "idle", 1)],
        effects: [actionEffect("a", "e1")],
        uiActions: [uiAction("u1", 1)],
        escalations: [escalation("a", "x1")],
        tokens: [token("t1")],
        idempotency: [{ key: "k", outcome: {}, expiresAt: startAt }],
        events: [{ type: "session.updated", at: startAt, data: { revision: 2 } }],
      });
      expect(await storage.commit([stale])).toEqual([conflict]);
      const after = await loadOne(storage, "a", { rulesHash: "none", recent: 10, idempotencyKeys: ["k"] });
      expect(after).toEqual(before);
      expect((await storage.readEvents({ after: cursor, limit: 10 })).events).toEqual([]);
      expect(await storage.getEscalation("x1")).toBe(null);
      expect(await storage.nextWakeAt()).toEqual({ sessions: null, effects: null });
    });

    test("refuses a version that is still to come", async ({ storage }) => {
      await given(storage, newSession("a"));
      expect(await storage.commit([changeOf("a", 2)])).toEqual([conflict]);
    });

    test("refuses to create what exists and to change what does not", async ({ storage }) => {
      await given(storage, newSession("a", { session: { summary: "first" } }));
      const changes = [newSession("a", { session: { summary: "second" } }), changeOf("b", 1)];
      expect(await storage.commit(changes)).toEqual([conflict, conflict]);
      expect((await storage.getSession("a"))?.summary).toBe("first");
      expect(await storage.getSession("b")).toBe(null);
    });

    test("answers for each change in order, and a refusal leaves its neighbours alone", async ({
      storage,
    }) => {
      await given(storage, newSession("a"), newSession("b"), newSession("c"));
      const results = await storage.commit([
        recording("a", 1, [activity(1)]),
        recording("b", 9, [activity(1)]),
        recording("c", 1, [activity(1)]),
      ]);
      expect(results).toEqual([ok, conflict, ok]);
      for (const [id, lastSeq] of Object.entries({ a: 1, b: 0, c: 1 })) {
        const snapshot = await loadOne(storage, id);
        expect([snapshot.session.lastSeq, snapshot.activities.length]).toEqual([lastSeq, lastSeq]);
      }
    });

    test("applies changes of one session in order within one call", async ({ storage }) => {
      const results = await storage.commit([
        newSession("a"),
        recording("a", 1, [activity(1)]),
        recording("a", 1, [activity(1, { id: "stale" })]),
        recording("a", 2, [activity(2), activity(3)]),
      ]);
      expect(results).toEqual([ok, ok, conflict, ok]);
      const { session, activities } = await loadOne(storage, "a");
      expect(session.version).toBe(3);
      expect(activities.map(({ id }) => id)).toEqual(["activity-1", "activity-2", "activity-3"]);
    });

    test("gives each of many calls at once its own results", async ({ storage }) => {
      await given(storage, newSession("a"));
      const calls = Array.from({ length: 20 }, (_, index) =>
        storage.commit([newSession(`n${index}`), changeOf("a", 1)]),
      );
      const results = await Promise.all(calls);
      expect(results.map(([created]) => created?.ok)).toEqual(results.map(() => true));
      expect(results.filter(([, changed]) => changed?.ok).length).toBe(1);
    });

    test("takes no changes for an answer", async ({ storage }) => {
      expect(await storage.commit([])).toEqual([]);
    });

    test("replaces effects and UI actions by their id", async ({ storage }) => {
      await given(
        storage,
        newSession("a", { effects: [actionEffect("a", "e1")], uiActions: [uiAction("u1", 1)] }),
        changeOf("a", 1, {
          effects: [actionEffect("a", "e1", { dueAt: startAt + 9, tries: 1 })],
          uiActions: [uiAction("u1", 1, "delivered")],
        }),
      );
      const { effects, uiActions } = await loadOne(storage, "a");
      expect(effects).toEqual([actionEffect("a", "e1", { dueAt: startAt + 9, tries: 1 })]);
      expect(uiActions).toEqual([uiAction("u1", 1, "delivered")]);
    });
  });

  describe("external ids", () => {
    test("refuses one that is taken, names its session and writes nothing", async ({ storage }) => {
      await given(storage, newSession("a", { session: { externalId: "order-1" } }), newSession("b"));
      const results = await storage.commit([
        newSession("c", { session: { externalId: "order-1" }, activities: [activity(1)] }),
        changeOf("b", 1, { session: { externalId: "order-1", summary: "lost" } }),
        newSession("d"),
      ]);
      const taken = { ok: false, reason: "external_id_taken", sessionId: "a" };
      expect(results).toEqual([taken, taken, ok]);
      expect(await storage.getSession("c")).toBe(null);
      expect((await storage.getSession("b"))?.summary).toBe(null);
    });

    test("sees one that was taken earlier in the same call", async ({ storage }) => {
      const results = await storage.commit(
        ["a", "b"].map((id) => newSession(id, { session: { externalId: "x" } })),
      );
      expect(results).toEqual([ok, { ok: false, reason: "external_id_taken", sessionId: "a" }]);
    });

    test("lets any number of sessions be without one", async ({ storage }) => {
      expect(await storage.commit([newSession("a"), newSession("b")])).toEqual([ok, ok]);
    });

    test("lets a session repeat its own, give it up and another take it", async ({ storage }) => {
      await given(
        storage,
        newSession("a", { session: { externalId: "x" } }),
        changeOf("a", 1, { session: { externalId: "x" } }),
        changeOf("a", 2, { session: { externalId: null } }),
        newSession("b", { session: { externalId: "x" } }),
      );
      expect(await storage.findSession({ externalId: "x" })).toBe("b");
    });
  });

  describe("idempotency keys", () => {
    const record = { key: "k1", outcome: { status: 201 }, expiresAt: startAt + 1 };

    test("makes a conflict of a key that exists, and writes nothing", async ({ storage }) => {
      await given(storage, newSession("a", { idempotency: [record] }), newSession("b"));
      const results = await storage.commit([
        { ...recording("a", 1, [activity(1)]), idempotency: [record] },
        recording("b", 1, [activity(1)]),
      ]);
      expect(results).toEqual([conflict, ok]);
      expect((await loadOne(storage, "a")).activities).toEqual([]);
      expect((await storage.getSession("a"))?.version).toBe(1);
    });

    test("keeps the keys of different sessions apart", async ({ storage }) => {
      const changes = ["a", "b"].map((id) => newSession(id, { idempotency: [record] }));
      expect(await storage.commit(changes)).toEqual([ok, ok]);
    });

    test("loads those that are asked for", async ({ storage }) => {
      await given(storage, newSession("a", { idempotency: [record, { ...record, key: "k2" }] }));
      expect((await loadOne(storage, "a")).idempotency).toEqual([]);
      expect((await loadOne(storage, "a", { idempotencyKeys: ["k1", "k3"] })).idempotency).toEqual([record]);
    });
  });

  describe("decideLocked", () => {
    const request = { sessionId: "a", rulesHash: "rules", recent: 1 };

    test("commits what is decided on the current snapshot", async ({ storage }) => {
      await given(storage, newSession("a"), recording("a", 1, [activity(1)]));
      const result = await storage.decideLocked(request, (snapshot) => {
        expect(snapshot?.recent).toEqual([activity(1)]);
        return recording("a", snapshot?.session.version ?? 0, [activity(2)]);
      });
      expect(result).toEqual(ok);
      expect((await storage.getSession("a"))?.lastSeq).toBe(2);
    });

    test("gives null for a session that does not exist, and can create it", async ({ storage }) => {
      const result = await storage.decideLocked(request, (snapshot) =>
        snapshot === null ? newSession("a") : null,
      );
      expect(result).toEqual(ok);
      expect((await storage.getSession("a"))?.version).toBe(1);
    });

    test("writes nothing when nothing is decided, or the wrong version", async ({ storage }) => {
      await given(storage, newSession("a"));
      expect(await storage.decideLocked(request, () => null)).toBe(null);
      expect(await storage.decideLocked(request, () => changeOf("a", 7))).toEqual(conflict);
      expect((await storage.getSession("a"))?.version).toBe(1);
    });

    test("passes on what the decision throws, and goes on working", async ({ storage }) => {
      await given(storage, newSession("a"));
      const thrown = new Error("cannot decide");
      const result = storage.decideLocked(request, () => {
        throw thrown;
      });
      expect(await result.catch((error: unknown) => error)).toBe(thrown);
      expect(await storage.commit([changeOf("a", 1)])).toEqual([ok]);
    });
  });
}
