import type {
  DeliveryEffect,
  Effect,
  EscalationQuery,
  Firing,
  LoadRequest,
  SessionChange,
} from "@hybrid-orchestrator/core";
import { sampleEscalation } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { Database } from "../src/driver.js";
import { at, newSession, recording } from "./shapes.js";
import { closing, commitOne, opened, temporaryFile } from "./temporary.js";

const verbs = (statements: readonly string[]) => statements.map((sql) => sql.trim().split(/\s/, 1)[0]);

describe("the hot path", () => {
  it("is one UPDATE and one INSERT for each activity, and one read of the position for each transaction", async () => {
    const { storage, statements } = await opened({ path: temporaryFile() });
    await storage.commit(["a", "b", "c"].map((id) => newSession(id)));
    statements.length = 0;
    await storage.commit(["a", "b", "c"].map((id) => recording(id, 1)));
    expect(verbs(statements)).toEqual([
      "BEGIN",
      "UPDATE",
      "SELECT",
      "INSERT",
      "UPDATE",
      "INSERT",
      "UPDATE",
      "INSERT",
      "COMMIT",
    ]);
  });

  it("takes no remembered row for a session that another process purged and made anew", async () => {
    const path = temporaryFile();
    const { storage } = await opened({ path });
    const { storage: other } = await opened({ path });
    // The last row of the table, whose key the next one takes again.
    await storage.commit([newSession("b"), newSession("a", { status: "completed" })]);
    await other.purge({ now: at * 2, closedBefore: at * 2, limit: 1 });
    await other.commit([newSession("c"), newSession("a", { status: "completed" })]);
    expect(await storage.commit([recording("a", 1)])).toEqual([{ ok: false, reason: "conflict" }]);
    expect(await storage.commit([recording("a", 1)])).toEqual([{ ok: true }]);
    expect((await storage.listActivities({ sessionId: "a", limit: 5 })).items).toHaveLength(1);
    expect((await storage.listActivities({ sessionId: "c", limit: 5 })).items).toEqual([]);

    await other.purge({ now: at * 2, closedBefore: at * 2, limit: 1 });
    await other.commit([newSession("d"), newSession("a")]);
    const [loaded] = await storage.load([{ sessionId: "a", rulesHash: "rules", recent: 5 }]);
    expect(loaded?.session).toMatchObject({ id: "a", version: 1, lastSeq: 0 });
  });

  it("assigns only what changes: no due time that stays", async () => {
    const { storage, statements } = await opened({ path: temporaryFile() });
    await commitOne(storage, newSession("a"));
    statements.length = 0;
    await commitOne(storage, recording("a", 1));
    await commitOne(storage, { ...recording("a", 2), session: { lastSeq: 2, dueAt: at } });
    const [first, second] = statements.filter((sql) => sql.startsWith("UPDATE"));
    expect(first).not.toContain("due_at");
    expect(second).toContain("due_at");
  });

  it("costs the 10,000th activity the same as the tenth", async () => {
    const { storage, statements } = await opened({ path: temporaryFile(), durability: "normal" });
    const checkpoint = (seq: number) => ({ seq, rulesHash: "rules", state: {} });
    await commitOne(storage, newSession("a"));
    async function costOf(seq: number) {
      statements.length = 0;
      await commitOne(storage, recording("a", seq));
      const written = verbs(statements);
      statements.length = 0;
      const [snapshot] = await storage.load([{ sessionId: "a", rulesHash: "rules", recent: 5 }]);
      return { written, read: verbs(statements), rows: snapshot?.activities.length };
    }
    const upTo = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => ({
        ...recording("a", from + index),
        ...((from + index) % 32 === 5 ? { checkpoint: checkpoint(from + index) } : {}),
      }));
    await storage.commit(upTo(1, 10));
    const tenth = await costOf(10);
    await storage.commit(upTo(11, 9_994));
    await storage.commit(
      upTo(9_994, 10_000).map((change) => ({ ...change, checkpoint: checkpoint(change.expectedVersion) })),
    );
    await storage.commit([{ ...recording("a", 10_000), checkpoint: checkpoint(9_996) }]);
    const late = await costOf(10_001);
    expect(late).toEqual(tenth);
  });

  it("asks for escalations only where there ever was one, or where one is named", async () => {
    const { storage, statements } = await opened({ path: temporaryFile() });
    const escalations = [sampleEscalation({ sessionId: "b" })];
    await storage.commit([newSession("a"), { ...newSession("b", { escalationCount: 1 }), escalations }]);
    const load = async (sessionId: string, more: Partial<LoadRequest> = {}) => {
      statements.length = 0;
      await storage.load([{ sessionId, rulesHash: "rules", recent: 5, tokens: false, ...more }]);
      return {
        all: verbs(statements),
        ofEscalations: statements.filter((sql) => sql.includes("FROM escalations")).length,
      };
    };
    const plain = await load("a");
    expect(plain).toEqual({ all: ["BEGIN", "SELECT", "SELECT", "SELECT", "COMMIT"], ofEscalations: 0 });
    expect((await load("a", { escalationIds: [] })).all).toEqual(plain.all);
    expect(await load("b")).toEqual({
      all: ["BEGIN", "SELECT", "SELECT", "SELECT", "SELECT", "COMMIT"],
      ofEscalations: 1,
    });
    expect((await load("b", { escalationIds: ["x"] })).ofEscalations).toBe(1);
    expect((await load("a", { escalationIds: ["x"] })).ofEscalations).toBe(1);
  });

  it("writes nothing when it looks for due work", async () => {
    const { storage, statements } = await opened({ path: temporaryFile() });
    await commitOne(storage, newSession("a"));
    statements.length = 0;
    await storage.claimSessions({ now: at, holder: "n", leaseMs: 1, limit: 1, exceptRules: [] });
    await storage.claimEffects({ now: at, holder: "n", leaseMs: 1, lanes: { sms: 1 }, otherLanes: 1 });
    await storage.nextWakeAt();
    expect(new Set(verbs(statements))).toEqual(new Set(["BEGIN", "SELECT", "COMMIT"]));
  });
});

describe("query plans", () => {
  it("use an index for every statement, and sort only what an index cannot order", async () => {
    const path = temporaryFile();
    const { storage, statements } = await opened({ path });
    await workOut(storage);
    const raw = closing(new Database(path));
    const planned = [...new Set(statements)]
      .filter((sql) => /^\s*(SELECT|INSERT|UPDATE|DELETE)/.test(sql))
      .map((sql) => ({
        sql,
        plan: (raw.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]).map(
          ({ detail }) => detail,
        ),
      }));
    expect(planned.length).toBeGreaterThan(60);

    const walksTable = (detail: string) =>
      detail.startsWith("SCAN") && !detail.includes("json_each") && !detail.includes("CONSTANT ROW");
    const walking = planned.filter(({ plan }) => plan.some(walksTable)).map(({ sql }) => sql);
    // Ordered walks that end at their limit, the list of living nodes, and the counts of stats().
    const mayWalk = /ORDER BY [a-z._]+ (ASC |DESC )?LIMIT|FROM nodes|count\(\*\)|pragma_page_count/;
    expect(walking.filter((sql) => !mayWalk.test(sql))).toEqual([]);

    const sorting = planned.filter(({ plan }) => plan.some((detail) => detail.includes("TEMP B-TREE")));
    const maySort =
      /status = '(active|paused)'.*ORDER BY updated_at|ORDER BY updated_at (ASC|DESC), sid|FROM nodes/s;
    expect(sorting.map(({ sql }) => sql).filter((sql) => !maySort.test(sql))).toEqual([]);
  });

  it("find escalations by what they are asked for, and open ones among few", async () => {
    const path = temporaryFile();
    const { storage, statements } = await opened({ path });
    const raw = closing(new Database(path));
    const planOf = async (work: () => Promise<unknown>) => {
      statements.length = 0;
      await work();
      const details = statements
        .filter((sql) => sql.includes("FROM escalations"))
        .flatMap((sql) => raw.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[])
        .map(({ detail }) => detail);
      expect(details.filter((detail) => detail.includes("TEMP B-TREE"))).toEqual([]);
      return details.filter((detail) => detail.startsWith("SEARCH e"));
    };
    const isOpen = ["queued", "waiting"] as const;
    for (const [query, index] of [
      [{ status: isOpen }, "escalations_open"],
      [{ status: isOpen, queue: "support" }, "escalations_queue"],
      [{ worker: "ada" }, "escalations_worker"],
      [{ worker: "ada", status: ["resolved"] }, "escalations_worker"],
    ] as const) {
      for (const order of ["asc", "desc"] as const) {
        const first = await planOf(() => storage.listEscalations({ ...query, limit: 5, order }));
        expect(first).toEqual([expect.stringContaining(`INDEX ${index} `)]);
      }
    }
    // Where to begin is looked up, so that those that were opened long before are passed over unread.
    for (const order of ["asc", "desc"] as const) {
      const plan = await planOf(() => storage.listEscalations({ openedFrom: at, limit: 5, order }));
      expect(plan).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^SEARCH e USING INTEGER PRIMARY KEY \(rowid>/),
          expect.stringMatching(/^SEARCH escalations USING COVERING INDEX escalations_opened \(opened_at>/),
        ]),
      );
    }
    await storage.commit([{ ...newSession("a", { escalationCount: 1 }), escalations: [sampleEscalation()] }]);
    for (const query of [
      {},
      { status: isOpen, worker: "ada", queue: "support" },
    ] satisfies Partial<EscalationQuery>[]) {
      const plan = await planOf(() => storage.listEscalations({ ...query, sessionId: "a", limit: 5 }));
      expect(plan).toEqual([expect.stringContaining("INDEX escalations_session ")]);
    }
    const request = { sessionId: "a", rulesHash: "rules", recent: 0 };
    for (const escalationIds of [[], ["x"]]) {
      const plan = await planOf(() => storage.load([{ ...request, escalationIds }]));
      expect(plan).toHaveLength(2);
      for (const detail of plan) expect(detail).toContain("INDEX escalations_session ");
    }
  });

  it("list closed sessions by their last update without sorting", async () => {
    const path = temporaryFile();
    const { storage, statements } = await opened({ path });
    await storage.listSessions({
      limit: 5,
      status: ["completed", "expired"],
      sortBy: "updatedAt",
      order: "desc",
    });
    const raw = closing(new Database(path));
    const plans = statements
      .filter((sql) => sql.includes("updated_at"))
      .map((sql) =>
        (raw.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[]).map(({ detail }) => detail),
      );
    expect(plans).toHaveLength(2);
    for (const plan of plans) expect(plan).toEqual([expect.stringContaining("INDEX sessions_closed")]);
  });

  it("leave the index on due times alone when only others change", async () => {
    const path = temporaryFile();
    const { storage, statements } = await opened({ path });
    await commitOne(storage, newSession("a"));
    statements.length = 0;
    await commitOne(storage, recording("a", 1));
    const raw = closing(new Database(path));
    const update = statements.find((sql) => sql.startsWith("UPDATE")) ?? "";
    const pages = raw.prepare("SELECT name, rootpage FROM sqlite_schema WHERE type = 'index'").all();
    const roots = new Map(
      (pages as { name: string; rootpage: number }[]).map(({ name, rootpage }) => [rootpage, name]),
    );
    const opcodes = raw.prepare(`EXPLAIN ${update}`).all() as { opcode: string; p1: number; p2: number }[];
    const cursors = new Map(
      opcodes.filter(({ opcode }) => opcode === "OpenWrite").map(({ p1, p2 }) => [p1, roots.get(p2)]),
    );
    const written = opcodes.filter(({ opcode }) => opcode === "IdxInsert").map(({ p1 }) => cursors.get(p1));
    // Closed sessions alone stand in sessions_closed; for an open one its condition is evaluated, and that is all.
    expect(written.filter((name) => name !== undefined)).toEqual(["sessions_closed"]);
  });
});

/** Calls everything once, with every kind of filter, so that every statement is seen. */
async function workOut(storage: Awaited<ReturnType<typeof opened>>["storage"]): Promise<void> {
  const change: SessionChange = {
    ...recording("a", 1),
    checkpoint: { seq: 1, rulesHash: "rules", state: {} },
    firings: [firing()],
    effects: [delivery()],
    uiActions: [
      {
        id: "u",
        type: "t",
        data: {},
        ordinal: 1,
        status: "queued",
        queuedAt: at,
        deliveredAt: null,
        acknowledgedAt: null,
      },
    ],
    escalations: [sampleEscalation({ sessionId: "a" })],
    tokens: [{ hash: "t", purpose: "session", expiresAt: at }],
    idempotency: [{ key: "k", outcome: {}, expiresAt: at }],
    events: [{ type: "session.updated", at, data: { revision: 2 } }],
  };
  await storage.commit([newSession("a", { externalId: "x" }), change, newSession("b", { externalId: "x" })]);
  await storage.commit([
    { ...recording("a", 2), session: { metadata: { a: 1 }, summary: "s", dueAt: null, escalationCount: 1 } },
  ]);
  await storage.commit([
    { aggregate: "key", id: "k", expectedVersion: 0, body: {}, expiresAt: at },
    { aggregate: "key", id: "k", expectedVersion: 1, body: {} },
    { aggregate: "key", id: "k", expectedVersion: 2, body: {}, expiresAt: at },
    { aggregate: "key", id: "k", expectedVersion: 3, body: null },
  ]);
  await storage.load([
    { sessionId: "a", rulesHash: "rules", recent: 5, effectIds: ["d", "e"], idempotencyKeys: ["k"] },
    { sessionId: "a", rulesHash: "other", recent: 5 },
    { sessionId: "a", rulesHash: "rules", recent: 5, escalationIds: ["x"] },
  ]);
  await storage.findSession({ tokenHash: "t", now: at });
  await storage.findSession({ externalId: "x" });
  await storage.findDelivery({ deliveryId: "d" });
  await storage.findDelivery({ channel: "sms", externalId: "SM1" });
  await storage.getUiAction("a", "u");
  await storage.getEscalation("x");
  await storage.getDocument("key", "k");
  for (const order of ["asc", "desc"] as const) {
    for (const sortBy of ["createdAt", "updatedAt"] as const) {
      await storage.listSessions({ limit: 1, order, sortBy });
      const { nextCursor: cursor } = await storage.listSessions({
        limit: 1,
        order,
        sortBy,
        workflow: "default",
      });
      await storage.listSessions({ limit: 1, order, sortBy, cursor });
    }
    await storage.listActivities({
      sessionId: "a",
      limit: 1,
      order,
      afterSeq: 1,
      types: ["x"],
      actors: ["user"],
    });
    await storage.listFirings({ limit: 1, order });
    await storage.listFirings({ limit: 1, order, sessionId: "a" });
    await storage.listFirings({ limit: 1, order, trigger: "idle" });
    await storage.listDocuments({ aggregate: "worker", limit: 1, order });
    await storage.listEscalations({ limit: 1, order });
    await storage.listEscalations({ limit: 1, order, status: ["queued"], kind: ["takeover"], queue: "q" });
    await storage.listEscalations({ limit: 1, order, sessionId: "a", worker: "w" });
    await storage.listEffects({ limit: 1, order });
    await storage.listEffects({ limit: 1, order, status: ["failed", "waiting"], kind: "delivery" });
    await storage.listEffects({ limit: 1, order, sessionId: "a", status: ["failed"], lane: "sms" });
  }
  await storage.readEvents({ limit: 10 });
  await storage.readEvents({ limit: 10, after: "1" });
  await storage.readEvents({ limit: 10, after: "1", sessionId: "a" });
  const due = { now: at * 2, holder: "n", leaseMs: 1 };
  await storage.claimSessions({ ...due, limit: 1, exceptRules: [] });
  await storage.claimSessions({ ...due, limit: 1, exceptRules: ["x"] });
  await storage.findSessionsOfOtherRules({ rulesHash: "x", exceptRules: [], limit: 5 });
  await storage.claimEffects({ ...due, lanes: { sms: 1 }, otherLanes: 1 });
  await storage.nextWakeAt();
  await storage.heartbeat({ node: "n", rulesHash: "r", now: at, ttlMs: 1 });
  await storage.commit([{ ...recording("a", 3), session: { status: "completed", rulesHash: "next" } }]);
  await storage.purge({ now: at * 2, closedBefore: at * 2, limit: 5 });
  await storage.stats();
}

function firing(): Firing {
  return {
    id: "f",
    sessionId: "a",
    trigger: "idle",
    ordinal: 1,
    firedAt: at,
    decidedAt: at,
    seq: 1,
    reason: "idle",
    mode: "live",
    arm: "treatment",
    blocker: null,
    status: "active",
  };
}

function delivery(): Effect {
  const attempt = { channel: "sms", externalId: "SM1" } as DeliveryEffect["delivery"]["attempts"][number];
  return {
    id: "d",
    sessionId: "a",
    kind: "delivery",
    lane: "sms",
    dueAt: at,
    lease: null,
    tries: 0,
    ownershipEpoch: 0,
    createdAt: at,
    updatedAt: at,
    delivery: { status: "pending", attempts: [attempt] } as unknown as DeliveryEffect["delivery"],
  };
}
