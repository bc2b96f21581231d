import type { EffectClaim, SessionClaim, Storage } from "@hybrid-orchestrator/core";
import { actionEffect, changeOf, given, idsOf, newSession, startAt } from "./storage-fixtures.js";
import type { StorageCases } from "./storage-suite.js";

const leaseMs = 30_000;

function claimSessions(storage: Storage, claim: Partial<SessionClaim> = {}): Promise<readonly string[]> {
  return storage.claimSessions({
    now: startAt,
    holder: "node-1",
    leaseMs,
    limit: 10,
    exceptRules: [],
    ...claim,
  });
}

async function claimEffects(storage: Storage, claim: Partial<EffectClaim> = {}): Promise<string[]> {
  const request = { now: startAt, holder: "node-1", leaseMs, lanes: {}, otherLanes: 10, ...claim };
  return idsOf(await storage.claimEffects(request));
}

function dueSession(id: string, dueAt: number | null, rulesHash = "rules") {
  return newSession(id, { session: { dueAt, rulesHash } });
}

/** Effects as `[id, lane, due]`, in milliseconds from the start. */
function givenEffects(
  storage: Storage,
  ...rows: readonly (readonly [string, string, number | null])[]
): Promise<void> {
  const effects = rows.map(([id, lane, due]) =>
    actionEffect("a", id, { lane, dueAt: due === null ? null : startAt + due }),
  );
  return given(storage, newSession("a", { effects }));
}

/** What is due, and who may have it. */
export function claimCases({ describe, test, expect }: StorageCases): void {
  describe("claimSessions", () => {
    test("gives what is due, earliest first", async ({ storage }) => {
      const due = [
        dueSession("late", startAt),
        dueSession("early", startAt - 9),
        dueSession("middle", startAt - 5),
      ];
      await given(storage, ...due, dueSession("future", startAt + 1), dueSession("never", null));
      expect(await claimSessions(storage)).toEqual(["early", "middle", "late"]);
    });

    test("gives at most as many as asked for", async ({ storage }) => {
      await given(storage, ...[3, 1, 2].map((due) => dueSession(`s${due}`, startAt - 10 + due)));
      expect(await claimSessions(storage, { limit: 2 })).toEqual(["s1", "s2"]);
    });

    test("leaves sessions of other living nodes' rules alone", async ({ storage }) => {
      await given(storage, dueSession("a", startAt - 2, "theirs"), dueSession("b", startAt - 1, "ours"));
      await given(storage, dueSession("c", startAt, "nobody's"));
      expect(await claimSessions(storage, { exceptRules: ["theirs", "others'"] })).toEqual(["b", "c"]);
    });

    test("gives a session again to another holder when the lease is over", async ({ storage }) => {
      await given(storage, dueSession("a", startAt));
      expect(await claimSessions(storage)).toEqual(["a"]);
      expect(await claimSessions(storage, { holder: "node-2", now: startAt + leaseMs })).toEqual(["a"]);
    });

    test("gives nothing that was moved or settled since", async ({ storage }) => {
      await given(storage, dueSession("a", startAt), dueSession("b", startAt));
      await claimSessions(storage);
      await given(storage, changeOf("a", 1, { session: { dueAt: null } }));
      await given(storage, changeOf("b", 1, { session: { dueAt: startAt + leaseMs + 1 } }));
      expect(await claimSessions(storage, { now: startAt + leaseMs })).toEqual([]);
      expect(await claimSessions(storage, { now: startAt + leaseMs + 1 })).toEqual(["b"]);
    });

    test("leaves the version to the commit that follows", async ({ storage }) => {
      await given(storage, dueSession("a", startAt));
      await claimSessions(storage);
      expect(await storage.commit([changeOf("a", 1, { session: { dueAt: null } })])).toEqual([{ ok: true }]);
    });
  });

  describe("findSessionsOfOtherRules", () => {
    test("gives those that may still change and were decided under neither these nor the excepted rules", async ({
      storage,
    }) => {
      const rows = [
        ["a", "active", "old"],
        ["b", "paused", "older"],
        ["c", "abandoned", "old"],
        ["d", "active", "ours"],
        ["e", "active", "theirs"],
        ["f", "completed", "old"],
        ["g", "cancelled", "old"],
        ["h", "expired", "old"],
      ] as const;
      await given(
        storage,
        ...rows.map(([id, status, rulesHash]) => newSession(id, { session: { status, rulesHash } })),
      );
      const find = (limit: number) =>
        storage.findSessionsOfOtherRules({ rulesHash: "ours", exceptRules: ["theirs"], limit });
      expect([...(await find(10))].sort()).toEqual(["a", "b", "c"]);
      expect((await find(2)).length).toBe(2);
      await given(storage, changeOf("b", 1, { session: { rulesHash: "ours" } }));
      expect([...(await find(10))].sort()).toEqual(["a", "c"]);
    });
  });

  describe("claimEffects", () => {
    test("gives what is due with its session, kind and lane", async ({ storage }) => {
      await givenEffects(storage, ["e1", "sms", 0], ["e2", "sms", 1], ["e3", "sms", null]);
      const request = { now: startAt, holder: "node-1", leaseMs, lanes: { sms: 5 }, otherLanes: 0 };
      expect(await storage.claimEffects(request)).toEqual([
        { id: "e1", sessionId: "a", kind: "action", lane: "sms" },
      ]);
    });

    test("gives at most so many of each lane, earliest first", async ({ storage }) => {
      await givenEffects(
        storage,
        ["s3", "sms", -1],
        ["s1", "sms", -9],
        ["s2", "sms", -5],
        ["e1", "email", -1],
      );
      const claimed = await claimEffects(storage, { lanes: { sms: 2, email: 2, voice: 2 }, otherLanes: 0 });
      expect(claimed.filter((id) => id.startsWith("s"))).toEqual(["s1", "s2"]);
      expect(claimed.filter((id) => id.startsWith("e"))).toEqual(["e1"]);
    });

    test("gives at most so many from all lanes that are not named, earliest first", async ({ storage }) => {
      await givenEffects(
        storage,
        ["x2", "x", -2],
        ["y1", "y", -9],
        ["x3", "x", -1],
        ["n1", "named", -9],
        ["z", "z", 5],
      );
      expect(await claimEffects(storage, { lanes: { named: 0 }, otherLanes: 2 })).toEqual(["y1", "x2"]);
      const later = startAt + leaseMs;
      expect(await claimEffects(storage, { lanes: { named: 1 }, otherLanes: 0, now: later })).toEqual(["n1"]);
    });

    test("gives an effect again to another holder when its lease is over", async ({ storage }) => {
      await givenEffects(storage, ["e1", "sms", 0]);
      expect(await claimEffects(storage)).toEqual(["e1"]);
      const until = startAt + leaseMs;
      const begun = actionEffect("a", "e1", {
        lane: "sms",
        dueAt: until,
        lease: { holder: "node-1", until },
        tries: 1,
      });
      await given(storage, changeOf("a", 1, { effects: [begun] }));
      expect(await claimEffects(storage, { holder: "node-2", now: until - 1 })).toEqual([]);
      expect(await claimEffects(storage, { holder: "node-2", now: until })).toEqual(["e1"]);
    });

    test("gives nothing that is finished", async ({ storage }) => {
      await givenEffects(storage, ["e1", "sms", 0]);
      await given(
        storage,
        changeOf("a", 1, { effects: [actionEffect("a", "e1", { lane: "sms", dueAt: null })] }),
      );
      expect(await claimEffects(storage, { now: startAt + leaseMs })).toEqual([]);
    });
  });

  describe("nextWakeAt", () => {
    test("is the earliest due time of sessions and of effects, past ones included", async ({ storage }) => {
      expect(await storage.nextWakeAt()).toEqual({ sessions: null, effects: null });
      await givenEffects(storage, ["e1", "sms", 7], ["e2", "email", 3], ["e3", "sms", null]);
      expect(await storage.nextWakeAt()).toEqual({ sessions: null, effects: startAt + 3 });
      await given(storage, dueSession("b", startAt + 5), dueSession("c", startAt - 5));
      expect(await storage.nextWakeAt()).toEqual({ sessions: startAt - 5, effects: startAt + 3 });
      await given(storage, changeOf("c", 1, { session: { dueAt: startAt + 9 } }));
      expect((await storage.nextWakeAt()).sessions).toBe(startAt + 5);
      await given(storage, changeOf("b", 1, { session: { dueAt: null } }));
      expect((await storage.nextWakeAt()).sessions).toBe(startAt + 9);
    });
  });

  describe("heartbeat", () => {
    const beat = (storage: Storage, node: string, rulesHash: string, after = 0) =>
      storage.heartbeat({ node, rulesHash, now: startAt + after, ttlMs: 1_000 });

    test("tells the rules of the other living nodes", async ({ storage }) => {
      expect(await beat(storage, "one", "r1")).toEqual([]);
      expect(await beat(storage, "two", "r2")).toEqual(["r1"]);
      expect([...(await beat(storage, "three", "r3"))].sort()).toEqual(["r1", "r2"]);
      expect(await beat(storage, "one", "r4", 1)).toEqual(await beat(storage, "one", "r4", 1));
      expect([...(await beat(storage, "three", "r3", 1))].sort()).toEqual(["r2", "r4"]);
    });

    test("forgets a node that was not heard of for its time to live", async ({ storage }) => {
      await beat(storage, "one", "r1");
      expect(await beat(storage, "two", "r2", 999)).toEqual(["r1"]);
      expect(await beat(storage, "two", "r2", 1_000)).toEqual([]);
    });

    test("never names the caller's own rules, whoever else has them", async ({ storage }) => {
      await beat(storage, "one", "r1");
      expect(await beat(storage, "two", "r1")).toEqual([]);
    });
  });
}
