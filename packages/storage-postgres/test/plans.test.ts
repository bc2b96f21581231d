import type { Effect, LoadRequest } from "@hybrid-orchestrator/core";
import { sampleEscalation } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { commitOne, opened, rawClient, temporaryDatabase } from "./database.js";
import { at, newSession, recording } from "./shapes.js";

const due = { now: at * 2, holder: "n", leaseMs: 1 };

const action: Effect = {
  id: "e",
  sessionId: "a",
  kind: "action",
  lane: "action:note",
  dueAt: at,
  lease: null,
  tries: 0,
  ownershipEpoch: 0,
  createdAt: at,
  updatedAt: at,
  action: {
    name: "note",
    trigger: null,
    index: 0,
    reason: "idle",
    params: {},
    status: "pending",
    error: null,
  },
};

describe("statements", () => {
  it("all find an index where there is much to find, but for counts and the few nodes", async () => {
    const config = temporaryDatabase();
    const { storage, statements } = await opened(config);
    await storage.commit([
      { ...newSession("a", { externalId: "x" }), tokens: [{ hash: "t", purpose: "session", expiresAt: at }] },
      { aggregate: "key", id: "k", expectedVersion: 0, body: {}, expiresAt: at },
    ]);
    await commitOne(storage, {
      ...recording("a", 1),
      idempotency: [{ key: "k", outcome: {}, expiresAt: at }],
      checkpoint: { seq: 1, rulesHash: "rules", state: {} },
      session: { lastSeq: 1, escalationCount: 1 },
      effects: [action],
      escalations: [sampleEscalation({ sessionId: "a" })],
    });
    await storage.commit([{ aggregate: "key", id: "k", expectedVersion: 1, body: null }]);
    const wanted = { sessionId: "a", recent: 5, effectIds: ["e"], idempotencyKeys: ["k"] };
    await storage.load([
      { ...wanted, rulesHash: "rules" },
      { ...wanted, rulesHash: "other" },
    ]);
    await storage.findSession({ tokenHash: "t", now: at });
    await storage.findSession({ externalId: "x" });
    await storage.findDelivery({ deliveryId: "d" });
    await storage.findDelivery({ channel: "sms", externalId: "SM1" });
    await storage.getUiAction("a", "u");
    await storage.getEscalation("x");
    await storage.getDocument("key", "k");
    await storage.listSessions({ limit: 5, workflow: "default" });
    await storage.listSessions({ limit: 5, status: ["completed"], sortBy: "updatedAt", order: "desc" });
    await storage.listActivities({ sessionId: "a", limit: 5 });
    await storage.listFirings({ sessionId: "a", limit: 5 });
    await storage.listFirings({ trigger: "idle", limit: 5 });
    await storage.listEffects({ sessionId: "a", limit: 5 });
    await storage.listEffects({ status: ["failed"], limit: 5 });
    await storage.listEscalations({ limit: 5 });
    await storage.listEscalations({ sessionId: "a", limit: 5, status: ["queued"] });
    await storage.listEscalations({ queue: "support", limit: 5, status: ["queued"], kind: ["takeover"] });
    await storage.listEscalations({ worker: "ada", limit: 5 });
    await storage.listDocuments({ aggregate: "worker", limit: 5 });
    await storage.readEvents({ limit: 5 });
    await storage.readEvents({ limit: 5, sessionId: "a" });
    await storage.lastEventCursor();
    await storage.claimSessions({ ...due, limit: 5, exceptRules: [] });
    await storage.findSessionsOfOtherRules({ rulesHash: "x", exceptRules: [], limit: 5 });
    await storage.claimEffects({ ...due, lanes: { sms: 1 }, otherLanes: 1 });
    await storage.nextWakeAt();
    await storage.heartbeat({ node: "n", rulesHash: "r", now: at, ttlMs: 1 });
    await commitOne(storage, { ...recording("a", 2), session: { status: "completed" } });
    await storage.purge({ now: at * 2, closedBefore: at * 2, limit: 5 });
    const texts = [...new Set(statements)].filter((text) =>
      /^\s*(WITH|SELECT|INSERT|UPDATE|DELETE)/.test(text),
    );
    expect(texts.length).toBeGreaterThan(50);

    const raw = await rawClient(config);
    // The tables are nearly empty, where reading them whole is the cheapest; so it is made dear.
    await raw.query("SET enable_seqscan = off");
    const walking: string[] = [];
    for (const text of texts) {
      const { rows } = await raw.query<{ "QUERY PLAN": string }>(`EXPLAIN (GENERIC_PLAN) ${text}`);
      const seq = rows.some((row) => /Seq Scan on (?!nodes|commits|positions)/.test(row["QUERY PLAN"]));
      if (seq) walking.push(text);
    }
    expect(walking).toEqual([]);
  });

  it("ask for escalations only where there ever was one, or where one is named", async () => {
    const { storage, statements } = await opened(temporaryDatabase());
    const escalations = [sampleEscalation({ sessionId: "b" })];
    await storage.commit([newSession("a"), { ...newSession("b", { escalationCount: 1 }), escalations }]);
    const load = async (sessionIds: readonly string[], more: Partial<LoadRequest> = {}) => {
      statements.length = 0;
      await storage.load(
        sessionIds.map((sessionId) => ({ sessionId, rulesHash: "rules", recent: 5, ...more })),
      );
      const ofEscalations = statements.filter((text) => text.includes("escalations e")).length;
      return { others: statements.length - ofEscalations, ofEscalations };
    };
    const { others, ofEscalations } = await load(["a"]);
    expect(ofEscalations).toBe(0);
    expect(await load(["a"], { escalationIds: [] })).toEqual({ others, ofEscalations: 0 });
    for (const [ids, more] of [
      [["b"], {}],
      [["a", "b"], {}],
      [["a", "b"], { escalationIds: ["x"] }],
      [["a"], { escalationIds: ["x"] }],
    ] as const)
      expect(await load(ids, more)).toEqual({ others, ofEscalations: 1 });
  });

  it("find open escalations among few, however many have ended", async () => {
    const config = temporaryDatabase();
    const { storage, statements } = await opened(config);
    await commitOne(storage, newSession("a", { escalationCount: 20_000 }));
    const raw = await rawClient(config);
    await raw.query(
      `INSERT INTO escalations (position, id, sid, kind, status, is_open, queue, worker, body)
       SELECT n, n, sid, 'takeover', 'resolved', FALSE, 'support', 'worker ' || n % 500, '{}'
       FROM sessions, generate_series(1, 20000) AS n;
       ANALYZE escalations`,
    );
    const status = ["queued", "waiting"] as const;
    const cases = [
      [{ status }, [status], /escalations_(open|queue)/],
      [{ status, queue: "support" }, ["support", status], /escalations_(open|queue)/],
      [{ worker: "worker 7" }, ["worker 7"], /escalations_worker/],
      [{ sessionId: "a" }, ["a"], /escalations_(session|pkey)/],
    ] as const;
    for (const order of ["asc", "desc"] as const) {
      for (const [query, values, index] of cases) {
        statements.length = 0;
        await storage.listEscalations({ ...query, limit: 5, order });
        const text = statements.find((statement) => statement.includes("FROM escalations"));
        const { rows } = await raw.query<{ "QUERY PLAN": string }>(`EXPLAIN ${text}`, [...values]);
        const plan = rows.map((row) => row["QUERY PLAN"]).join("\n");
        expect(plan).toMatch(index);
        expect(plan).not.toMatch(/Seq Scan on escalations/);
      }
    }
  });

  it("write nothing when they look for due work", async () => {
    const { storage, statements } = await opened(temporaryDatabase());
    await commitOne(storage, newSession("a"));
    statements.length = 0;
    await storage.claimSessions({ ...due, now: at, limit: 1, exceptRules: [] });
    await storage.claimEffects({ ...due, now: at, lanes: { sms: 1 }, otherLanes: 1 });
    await storage.nextWakeAt();
    const verbs = statements.map((text) => text.trim().split(/\s/, 1)[0]);
    expect(new Set(verbs)).toEqual(new Set(["BEGIN", "SELECT", "COMMIT"]));
  });
});

describe("a node that stands still inside a transaction", () => {
  it("is thrown out, so that the others go on, and begins again", async () => {
    const config = temporaryDatabase();
    const { storage } = await opened({ ...config, lockTimeoutMs: 100 });
    await commitOne(storage, newSession("a"));
    let calls = 0;
    const result = await storage.decideLocked(
      { sessionId: "a", rulesHash: "rules", recent: 0 },
      (snapshot) => {
        calls += 1;
        const until = performance.now() + (calls === 1 ? 300 : 0);
        while (performance.now() < until);
        return recording("a", snapshot?.session.version ?? 0);
      },
    );
    expect([result, calls]).toEqual([{ ok: true }, 2]);
    expect((await storage.getSession("a"))?.version).toBe(2);
  });
});
