import type { Change, SessionChange } from "@hybrid-orchestrator/core";
import { sampleEscalation } from "@hybrid-orchestrator/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commitOne, opened, rawClient, temporaryDatabase } from "./database.js";
import { newSession, recording } from "./shapes.js";

const verbs = (statements: readonly string[]) => statements.map((text) => text.trim().split(/\s/, 1)[0]);
const commits = (statements: readonly string[]) => statements.filter((text) => text === "COMMIT").length;

describe("group commit", () => {
  it("writes the calls of one turn in one transaction, those from its microtasks too", async () => {
    const { storage, statements } = await opened(temporaryDatabase());
    const later = async (id: string) => {
      for (let hop = 0; hop < 5; hop += 1) await Promise.resolve();
      return storage.commit([newSession(id)]);
    };
    const results = await Promise.all([
      storage.commit([newSession("a"), newSession("b")]),
      storage.commit([newSession("c")]),
      later("d"),
    ]);
    expect(results.flat()).toEqual([{ ok: true }, { ok: true }, { ok: true }, { ok: true }]);
    expect(commits(statements)).toBe(1);
  });

  it("takes as many statements for a hundred activities as for one", async () => {
    const { storage, statements } = await opened(temporaryDatabase());
    const ids = Array.from({ length: 100 }, (_, index) => `s${index}`);
    await storage.commit(ids.map((id) => newSession(id)));
    statements.length = 0;
    await commitOne(storage, recording("s0", 1));
    const ofOne = verbs(statements);
    expect(ofOne).toEqual(["BEGIN", "SELECT", "UPDATE", "SELECT", "INSERT", "INSERT", "DELETE", "COMMIT"]);
    statements.length = 0;
    await storage.commit(ids.slice(1).map((id) => recording(id, 1)));
    expect(verbs(statements)).toEqual(ofOne);
  });

  it("rolls a failing group back and gives each change its own result", async () => {
    const { storage } = await opened(temporaryDatabase());
    const twice = recording("b", 1).activities ?? [];
    const results = await Promise.all([
      storage.commit([newSession("a"), { ...newSession("b"), activities: [...twice, ...twice] }]),
      storage.commit([newSession("c"), newSession("a")]),
    ]);
    expect(results.flat().map((result) => (result.ok ? "ok" : result.reason))).toEqual([
      "ok",
      "error",
      "ok",
      "conflict",
    ]);
    expect(await storage.getSession("b")).toBe(null);
    expect((await storage.readEvents({ limit: 10 })).events).toEqual([]);
  });

  it("leaves one row behind to know its last commit by, however many there were", async () => {
    const config = temporaryDatabase();
    const { storage } = await opened(config);
    await commitOne(storage, newSession("a"));
    for (let seq = 1; seq <= 5; seq += 1) await commitOne(storage, recording("a", seq));
    const raw = await rawClient(config);
    expect((await raw.query("SELECT count(*)::integer AS marks FROM commits")).rows).toEqual([{ marks: 1 }]);
  });

  it("decides a group as it decides its changes one after the other", async () => {
    const ids = fc.constantFrom("a", "b");
    const version = fc.nat(3);
    const sessionChange = fc
      .record({
        id: ids,
        version,
        externalId: fc.constantFrom(undefined, null, "x", "y"),
        key: fc.constantFrom(undefined, "k1", "k2"),
        summary: fc.constantFrom(undefined, null, "s"),
        escalations: fc.array(
          fc.record({ id: fc.constantFrom("x1", "x2"), status: fc.constantFrom("queued", "resolved") }),
          { maxLength: 3 },
        ),
      })
      .map(({ id, version: expectedVersion, externalId, key, summary, escalations }): SessionChange => {
        const base = expectedVersion === 0 ? newSession(id) : { ...recording(id, expectedVersion) };
        const session = { ...base.session };
        return {
          ...base,
          session: {
            ...session,
            ...(externalId === undefined ? {} : { externalId }),
            ...(summary === undefined ? {} : { summary }),
            ...(escalations.length === 0 ? {} : { escalationCount: 2 }),
          },
          escalations: escalations.map((fields) =>
            sampleEscalation({ ...fields, id: `${id}-${fields.id}`, sessionId: id }),
          ),
          ...(key === undefined ? {} : { idempotency: [{ key, outcome: { id }, expiresAt: 1 }] }),
        };
      });
    const documentChange = fc.record({
      aggregate: fc.constant("worker" as const),
      id: ids,
      expectedVersion: version,
      body: fc.constantFrom(null, { n: 1 }, { n: 2 }),
    });
    const changes = fc.array(fc.oneof(sessionChange, documentChange), {
      minLength: 2,
      maxLength: 10,
      size: "max",
    });
    const databases = [temporaryDatabase(), temporaryDatabase()] as const;
    const [grouped, single] = [await opened(databases[0]), await opened(databases[1])];
    const raws = await Promise.all(databases.map(rawClient));
    await fc.assert(
      fc.asyncProperty(changes, async (list: readonly Change[]) => {
        for (const raw of raws) {
          await raw.query(
            "TRUNCATE sessions, session_documents, activities, escalations, idempotency, documents",
          );
        }
        const together = await grouped.storage.commit(list);
        const alone = [];
        for (const change of list) alone.push(...(await single.storage.commit([change])));
        expect(together).toEqual(alone);
        const picture = async ({ storage }: typeof grouped) => [
          await storage.load(["a", "b"].map((sessionId) => ({ sessionId, rulesHash: "rules", recent: 9 }))),
          await storage.getDocument("worker", "a"),
          await storage.getDocument("worker", "b"),
          (await storage.listEscalations({ limit: 9 })).items,
          (await storage.readEvents({ limit: 50 })).events.map(({ cursor: _, ...event }) => event),
        ];
        expect(await picture(grouped)).toEqual(await picture(single));
      }),
      { numRuns: process.env.SOAK === undefined ? 30 : 1_000 },
    );
  }, 600_000);
});
