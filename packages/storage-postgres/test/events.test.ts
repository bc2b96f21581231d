import type { Storage } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { commitOne, opened, rawClient, somebodyWaitsFor, temporaryDatabase, until } from "./database.js";
import { newSession, recording } from "./shapes.js";

/** Reads the stream as it grows, until it has as many events as are to come. */
async function follow(storage: Storage, count: number): Promise<string[]> {
  const seen: string[] = [];
  let after: string | null = null;
  await until(async () => {
    const page = await storage.readEvents({ after, limit: 7 });
    after = page.cursor;
    seen.push(...page.events.map(({ sessionId, data }) => `${sessionId}/${"seq" in data ? data.seq : ""}`));
    return seen.length >= count;
  });
  return seen;
}

describe("the event stream", () => {
  it("shows nothing that was given a later place before what has an earlier one", async () => {
    const config = temporaryDatabase();
    const { storage } = await opened(config);
    await storage.commit([newSession("slow"), newSession("quick")]);
    const raw = await rawClient(config);
    // Another node's transaction that has its place and is not committed yet.
    await raw.query(`BEGIN; INSERT INTO events (position, sid, type, at, data)
      SELECT take_positions(1), sid, 'session.updated', 1, '{"revision":2}' FROM sessions WHERE id = 'slow'`);
    const committing = commitOne(storage, recording("quick", 1));
    await somebodyWaitsFor(raw);
    const before = await storage.readEvents({ limit: 10 });
    expect(before.events).toEqual([]);
    await raw.query("COMMIT");
    expect(await committing).toEqual({ ok: true });
    const { events } = await storage.readEvents({ after: before.cursor, limit: 10 });
    expect(events.map(({ sessionId }) => sessionId)).toEqual(["slow", "quick"]);
  });

  it("is read without a gap while several nodes write", async () => {
    const config = temporaryDatabase();
    const nodes = await Promise.all(
      Array.from({ length: 4 }, () => opened({ ...config, maxConnections: 2 })),
    );
    const { storage: reader } = await opened({ ...config, maxConnections: 1 });
    await reader.commit(nodes.map((_, index) => newSession(`s${index}`)));
    const perNode = 25;
    const following = follow(reader, nodes.length * perNode);
    await Promise.all(
      nodes.map(async ({ storage }, index) => {
        for (let seq = 1; seq <= perNode; seq += 1) await commitOne(storage, recording(`s${index}`, seq));
      }),
    );
    const seen = await following;
    expect(new Set(seen).size).toBe(nodes.length * perNode);
    const { events } = await reader.readEvents({ limit: 500 });
    expect(events.map(({ sessionId, data }) => `${sessionId}/${"seq" in data ? data.seq : ""}`)).toEqual(
      seen,
    );
  });
});

describe("groups of several nodes", () => {
  it("that want the same sessions in opposite orders wait for each other and never cross", async () => {
    const config = temporaryDatabase();
    const [one, two] = [await opened(config), await opened(config)];
    const ids = Array.from({ length: 20 }, (_, index) => `s${index}`);
    await one.storage.commit(ids.map((id) => newSession(id)));
    const versions = new Map(ids.map((id) => [id, 1]));
    for (let round = 0; round < 20; round += 1) {
      const changes = ids.map((id) => recording(id, versions.get(id) ?? 0));
      const results = await Promise.all([
        one.storage.commit(changes),
        two.storage.commit([...changes].reverse()),
      ]);
      expect(results.flat().filter(({ ok }) => ok)).toHaveLength(ids.length);
      for (const id of ids) versions.set(id, (versions.get(id) ?? 0) + 1);
    }
    expect([...one.statements, ...two.statements]).not.toContain("ROLLBACK");
  });

  it("that create the same sessions: one of them does, the other hears of a conflict", async () => {
    const config = temporaryDatabase();
    const [one, two] = [await opened(config), await opened(config)];
    const ids = Array.from({ length: 10 }, (_, index) => `s${index}`);
    const results = await Promise.all([
      one.storage.commit(ids.map((id) => newSession(id))),
      two.storage.commit([...ids].reverse().map((id) => newSession(id))),
    ]);
    const flat = results.flat();
    expect(flat.filter(({ ok }) => ok)).toHaveLength(ids.length);
    expect(flat.filter((result) => !result.ok && result.reason === "conflict")).toHaveLength(ids.length);
  });
});
