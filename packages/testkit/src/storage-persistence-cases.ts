import {
  actionEffect,
  activities,
  activity,
  changeOf,
  escalation,
  firing,
  given,
  idsOf,
  loadOne,
  newSession,
  recording,
  startAt,
  token,
  uiAction,
} from "./storage-fixtures.js";
import type { StorageCases } from "./storage-suite.js";

const whole = {
  rulesHash: "none",
  recent: 10,
  effectIds: ["e1"],
  escalationIds: ["x1"],
  idempotencyKeys: ["k"],
};

/** What outlives a handle, and what several handles on one database owe each other. */
export function persistenceCases({ describe, test, expect }: StorageCases): void {
  describe("a database", () => {
    test("keeps everything for the next handle", async ({ storage, connect }) => {
      await given(
        storage,
        newSession("a", {
          session: { externalId: "x", dueAt: 9, lastSeq: 3, escalationCount: 3 },
          activities: activities(1, 3),
          checkpoint: { seq: 2, rulesHash: "rules", state: { n: 1 } },
          firings: [firing("a", "idle", 1)],
          effects: [actionEffect("a", "e1")],
          uiActions: [uiAction("u1", 1)],
          escalations: [
            escalation("a", "x1", { status: "resolved" }),
            escalation("a", "x2", { status: "claimed", worker: "ada" }),
            escalation("a", "x3", { status: "expired" }),
          ],
          tokens: [token("t")],
          idempotency: [{ key: "k", outcome: { ok: true }, expiresAt: startAt }],
          events: [{ type: "session.updated", at: startAt, data: { revision: 1 } }],
        }),
        { aggregate: "worker", id: "w", expectedVersion: 0, body: { capacity: 2 } },
      );
      const picture = async (from: typeof storage) => [
        await loadOne(from, "a", whole),
        (await loadOne(from, "a")).checkpoint,
        await from.readEvents({ limit: 10 }),
        await from.getDocument("worker", "w"),
        await from.listDocuments({ aggregate: "worker", limit: 10 }),
        await from.listEscalations({ worker: "ada", limit: 10 }),
        await from.findSession({ tokenHash: "t", now: startAt }),
        await from.findSession({ externalId: "x" }),
        await from.nextWakeAt(),
      ];
      const before = await picture(storage);
      expect(idsOf((await loadOne(storage, "a", whole)).escalations)).toEqual(["x1", "x2", "x3"]);
      await storage.close();
      expect(await picture(await connect())).toEqual(before);
    });

    test("can be opened again by the same handle", async ({ storage }) => {
      await given(storage, newSession("a"));
      await storage.close();
      await storage.open();
      expect(await storage.commit([changeOf("a", 1)])).toEqual([{ ok: true }]);
    });

    test("shows each handle what the other committed", async ({ storage, connect }) => {
      const second = await connect();
      await given(storage, newSession("a"));
      await given(second, recording("a", 1, [activity(1)]));
      await given(storage, recording("a", 2, [activity(2)]));
      expect((await loadOne(second, "a")).activities).toEqual([activity(1), activity(2)]);
      const { events } = await storage.readEvents({ limit: 10 });
      expect(events.map(({ data }) => "seq" in data && data.seq)).toEqual([1, 2]);
      expect(await second.readEvents({ limit: 10 })).toEqual(await storage.readEvents({ limit: 10 }));
    });

    test("lets one of two handles claim an escalation, and shows the other who has it", async ({
      storage,
      connect,
    }) => {
      const second = await connect();
      await given(
        storage,
        newSession("a", { session: { escalationCount: 1 }, escalations: [escalation("a", "x1")] }),
      );
      const claim = (worker: string) =>
        changeOf("a", 1, { escalations: [escalation("a", "x1", { status: "claimed", worker })] });
      const results = await Promise.all([storage.commit([claim("ada")]), second.commit([claim("ben")])]);
      const winner = results[0]?.[0]?.ok === true ? "ada" : "ben";
      expect(results.flat().filter((result) => result.ok).length).toBe(1);
      for (const handle of [storage, second]) {
        expect((await handle.getEscalation("x1"))?.holder?.worker).toBe(winner);
        expect(idsOf((await handle.listEscalations({ worker: winner, limit: 9 })).items)).toEqual(["x1"]);
        expect((await loadOne(handle, "a")).escalations[0]?.holder?.worker).toBe(winner);
      }
    });

    test("lets exactly one of two handles win each version", async ({ storage, connect }) => {
      const second = await connect();
      await given(storage, newSession("a"));
      for (let version = 1; version <= 20; version += 1) {
        const results = await Promise.all(
          [storage, second].map((handle) => handle.commit([recording("a", version, [activity(version)])])),
        );
        expect(results.flat().filter((result) => result.ok).length).toBe(1);
      }
      const { session, activities: log } = await loadOne(second, "a");
      expect([session.version, session.lastSeq]).toEqual([21, 20]);
      expect(log).toEqual(activities(1, 20));
    });

    test("gives one external id to one of two handles", async ({ storage, connect }) => {
      const second = await connect();
      const create = (id: string) => newSession(id, { session: { externalId: "x" } });
      const results = await Promise.all([storage.commit([create("a")]), second.commit([create("b")])]);
      const winner = await storage.findSession({ externalId: "x" });
      expect(results.flat().filter((result) => result.ok).length).toBe(1);
      expect(results.flat().find((result) => !result.ok)).toEqual({
        ok: false,
        reason: "external_id_taken",
        sessionId: winner,
      });
    });

    test("lets no other handle write a session while one decides it", async ({ storage, connect }) => {
      const second = await connect();
      await given(storage, newSession("a"));
      const request = { sessionId: "a", rulesHash: "rules", recent: 0 };
      const rounds = Array.from({ length: 10 }, (_, index) =>
        (index % 2 === 0 ? storage : second).decideLocked(request, (snapshot) => {
          const { version = 0, lastSeq = 0 } = snapshot?.session ?? {};
          return recording("a", version, [activity(lastSeq + 1)]);
        }),
      );
      expect(await Promise.all(rounds)).toEqual(rounds.map(() => ({ ok: true })));
      expect((await loadOne(storage, "a")).activities).toEqual(activities(1, 10));
    });

    test("gives events of several handles different places in one stream", async ({ storage, connect }) => {
      const handles = [storage, await connect(), await connect()];
      await given(storage, ...handles.map((_, index) => newSession(`s${index}`)));
      await Promise.all(
        handles.map(async (handle, index) => {
          for (let seq = 1; seq <= 10; seq += 1)
            await given(handle, recording(`s${index}`, seq, [activity(seq)]));
        }),
      );
      const { events } = await storage.readEvents({ limit: 100 });
      expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(30);
      for (const [index] of handles.entries()) {
        const own = events.filter(({ sessionId }) => sessionId === `s${index}`);
        expect(own.map(({ data }) => "seq" in data && data.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      }
    });
  });
}
