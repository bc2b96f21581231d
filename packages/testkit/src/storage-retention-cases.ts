import type { PurgeRequest, PurgeResult, SessionStatus, Storage } from "@hybrid-orchestrator/core";
import {
  activity,
  changeOf,
  deliveryEffect,
  escalation,
  firing,
  given,
  newSession,
  recording,
  startAt,
  token,
  uiAction,
} from "./storage-fixtures.js";
import type { StorageCases } from "./storage-suite.js";

const dayMs = 86_400_000;

function purge(storage: Storage, request: Partial<PurgeRequest> = {}): Promise<PurgeResult> {
  return storage.purge({ now: startAt + dayMs, closedBefore: startAt + 1, limit: 100, ...request });
}

function sessionOf(id: string, status: SessionStatus, updatedAt = startAt, workflow = "default") {
  return newSession(id, { session: { status, updatedAt, workflow } });
}

async function remaining(storage: Storage): Promise<string[]> {
  const { items } = await storage.listSessions({ limit: 500 });
  return items.map(({ id }) => id).sort();
}

/** What is removed and what is counted. */
export function retentionCases({ describe, test, expect }: StorageCases): void {
  describe("purge", () => {
    test("removes closed sessions alone", async ({ storage }) => {
      await given(
        storage,
        ...(["active", "paused", "completed", "abandoned", "cancelled", "expired"] as const).map((status) =>
          sessionOf(status, status),
        ),
      );
      expect(await purge(storage)).toEqual({ sessions: 4, keys: 0 });
      expect(await remaining(storage)).toEqual(["active", "paused"]);
    });

    test("keeps what changed since the moment given", async ({ storage }) => {
      await given(
        storage,
        sessionOf("old", "completed", startAt),
        sessionOf("new", "completed", startAt + 1),
      );
      expect((await purge(storage)).sessions).toBe(1);
      expect(await remaining(storage)).toEqual(["new"]);
    });

    test("can be held to one workflow", async ({ storage }) => {
      await given(storage, sessionOf("a", "expired", startAt, "x"), sessionOf("b", "expired", startAt, "y"));
      expect((await purge(storage, { workflow: "x" })).sessions).toBe(1);
      expect(await remaining(storage)).toEqual(["b"]);
    });

    test("removes at most as many as asked for, and the rest next time", async ({ storage }) => {
      const ids = ["a", "b", "c", "d", "e"];
      await given(
        storage,
        ...ids.map((id, index) => sessionOf(id, index % 2 === 0 ? "completed" : "expired")),
      );
      const counts = [];
      for (let round = 0; round < 4; round += 1) counts.push((await purge(storage, { limit: 2 })).sessions);
      expect(counts).toEqual([2, 2, 1, 0]);
    });

    test("removes all that is a session's and nothing of its neighbour's", async ({ storage }) => {
      const full = (id: string, status: SessionStatus) =>
        newSession(id, {
          session: { status, externalId: `order-${id}`, lastSeq: 1, escalationCount: 1 },
          activities: [activity(1)],
          firings: [firing(id, "idle", 1)],
          effects: [deliveryEffect(id, `d-${id}`, { attempts: [["sms", `SM-${id}`]] })],
          uiActions: [uiAction("u1", 1)],
          escalations: [escalation(id, `x-${id}`, { worker: `w-${id}`, queue: `q-${id}` })],
          tokens: [token(`t-${id}`)],
          idempotency: [{ key: "k", outcome: {}, expiresAt: startAt + 9 * dayMs }],
          events: [{ type: "session.updated", at: startAt, data: { revision: 1 } }],
        });
      await given(storage, full("gone", "completed"), full("kept", "active"));
      expect((await purge(storage)).sessions).toBe(1);
      const traces = async (id: string) => [
        await storage.getSession(id),
        await storage.findSession({ externalId: `order-${id}` }),
        await storage.findSession({ tokenHash: `t-${id}`, now: startAt }),
        await storage.findDelivery({ deliveryId: `d-${id}` }),
        await storage.findDelivery({ channel: "sms", externalId: `SM-${id}` }),
        await storage.getUiAction(id, "u1"),
        await storage.getEscalation(`x-${id}`),
        ...(await storage.listActivities({ sessionId: id, limit: 9 })).items,
        ...(await storage.listFirings({ sessionId: id, limit: 9 })).items,
        ...(await storage.listEffects({ sessionId: id, limit: 9 })).items,
        ...(await storage.listEscalations({ sessionId: id, limit: 9 })).items,
        ...(await storage.listEscalations({ worker: `w-${id}`, limit: 9 })).items,
        ...(await storage.listEscalations({ queue: `q-${id}`, limit: 9 })).items,
        ...(await storage.readEvents({ sessionId: id, limit: 9 })).events,
      ];
      expect((await traces("gone")).filter((trace) => trace !== null)).toEqual([]);
      const kept = await traces("kept");
      expect(kept.length).toBe(16);
      expect(kept.filter((trace) => trace === null)).toEqual([]);
      expect(await storage.commit([full("gone", "active")])).toEqual([{ ok: true }]);
    });

    test("does not stop a reader whose cursor lies in what was removed", async ({ storage }) => {
      await given(storage, newSession("kept"), sessionOf("gone", "completed"));
      await given(
        storage,
        recording("kept", 1, [activity(1)]),
        recording("gone", 1, [activity(1), activity(2)]),
      );
      const { events } = await storage.readEvents({ limit: 10 });
      const last = await storage.lastEventCursor();
      await purge(storage);
      await given(storage, recording("kept", 2, [activity(2)]));
      for (const after of [...events.map(({ cursor }) => cursor), last]) {
        const { events: rest } = await storage.readEvents({ after, limit: 10 });
        const newest = rest.at(-1);
        expect(newest?.type === "activity.recorded" && newest.data.seq).toBe(2);
      }
      expect((await storage.readEvents({ after: last, limit: 10 })).events.length).toBe(1);
    });

    test("removes expired tokens, idempotency records and documents, and counts them", async ({
      storage,
    }) => {
      const now = startAt + dayMs;
      await given(
        storage,
        newSession("a", {
          tokens: [token("dead", now), token("alive", now + 1), token("eternal")],
          idempotency: [
            { key: "dead", outcome: {}, expiresAt: now },
            { key: "alive", outcome: {}, expiresAt: now + 1 },
          ],
        }),
        { aggregate: "key", id: "dead", expectedVersion: 0, body: {}, expiresAt: now },
        { aggregate: "key", id: "alive", expectedVersion: 0, body: {}, expiresAt: now + 1 },
        { aggregate: "key", id: "eternal", expectedVersion: 0, body: {} },
        { aggregate: "recipient", id: "dead", expectedVersion: 0, body: {}, expiresAt: now },
        { aggregate: "recipient", id: "alive", expectedVersion: 0, body: {}, expiresAt: now + 1 },
        { aggregate: "worker", id: "w", expectedVersion: 0, body: {} },
      );
      expect(await purge(storage)).toEqual({ sessions: 0, keys: 4 });
      expect(await storage.getDocument("key", "dead")).toBe(null);
      expect(await storage.getDocument("recipient", "dead")).toBe(null);
      for (const [aggregate, id] of [
        ["key", "alive"],
        ["key", "eternal"],
        ["recipient", "alive"],
        ["worker", "w"],
      ] as const) {
        expect((await storage.getDocument(aggregate, id))?.id).toBe(id);
      }
      const again = changeOf("a", 1, { idempotency: [{ key: "dead", outcome: {}, expiresAt: now + 9 }] });
      expect(await storage.commit([again])).toEqual([{ ok: true }]);
      const find = (tokenHash: string) => storage.findSession({ tokenHash, now: startAt });
      expect([await find("dead"), await find("alive"), await find("eternal")]).toEqual([null, "a", "a"]);
    });
  });

  describe("stats and health", () => {
    test("count what is stored", async ({ storage }) => {
      await given(
        storage,
        newSession("a", { effects: [deliveryEffect("a", "d1"), deliveryEffect("a", "d2", { dueAt: null })] }),
        newSession("b", { firings: [firing("b", "idle", 1)] }),
        newSession("d", {
          session: { escalationCount: 3 },
          escalations: [
            escalation("d", "x1"),
            escalation("d", "x2", { status: "waiting" }),
            escalation("d", "x3", { status: "expired" }),
          ],
        }),
        sessionOf("c", "completed"),
        recording("a", 1, [activity(1), activity(2)]),
      );
      const { sizeBytes, ...counts } = await storage.stats();
      expect(counts).toEqual({
        sessions: { active: 3, paused: 0, completed: 1, abandoned: 0, cancelled: 0, expired: 0 },
        activities: 2,
        firings: 1,
        openEffects: 1,
        openEscalations: 2,
      });
      expect(sizeBytes > 0).toBe(true);
    });

    test("say that an open storage is healthy", async ({ storage }) => {
      expect((await storage.health()).healthy).toBe(true);
    });
  });
}
