import { describe, expect, it } from "vitest";
import { commitOne, failureOf, opened, rawClient, temporaryDatabase, until } from "./database.js";
import { networkTo } from "./proxy.js";
import { newSession, recording } from "./shapes.js";

/** A handle behind a network that breaks, and one with a direct line to the same database. */
async function brokenNetwork() {
  const config = temporaryDatabase();
  const { storage: witness } = await opened(config);
  const network = await networkTo(config.connectionString);
  const { connectionString } = network;
  const { storage } = await opened({ ...config, connectionString, connectTimeoutMs: 500 });
  await commitOne(witness, newSession("a"));
  return { config, network, storage, witness };
}

describe("a connection that is lost during COMMIT", () => {
  it.each(["unanswered", "undelivered"] as const)("%s: the commit is done, and once", async (fate) => {
    const { network, storage, witness } = await brokenNetwork();
    network.fates.push(fate);
    expect(await storage.commit([recording("a", 1), newSession("b")])).toEqual([{ ok: true }, { ok: true }]);
    expect(network.fates).toEqual([]);
    const { items } = await witness.listActivities({ sessionId: "a", limit: 10 });
    expect(items.map(({ seq }) => seq)).toEqual([1]);
    expect((await witness.getSession("a"))?.version).toBe(2);
    expect(await commitOne(storage, recording("a", 2))).toEqual({ ok: true });
  });

  it("several times over: still once", async () => {
    const { network, storage, witness } = await brokenNetwork();
    network.fates.push("undelivered", "undelivered", "unanswered");
    expect(await commitOne(storage, recording("a", 1))).toEqual({ ok: true });
    expect((await witness.getSession("a"))?.version).toBe(2);
  });

  it("is the same for decideLocked", async () => {
    const { network, storage, witness } = await brokenNetwork();
    network.fates.push("unanswered");
    const request = { sessionId: "a", rulesHash: "rules", recent: 0 };
    expect(await storage.decideLocked(request, () => recording("a", 1))).toEqual({ ok: true });
    expect((await witness.getSession("a"))?.version).toBe(2);
  });

  it("and does not come back: the outcome is said to be unknown, and nothing is repeated", async () => {
    const { network, storage, witness } = await brokenNetwork();
    network.fates.push("unanswered");
    const committing = failureOf(() => storage.commit([recording("a", 1)]));
    await until(() => network.fates.length === 0);
    network.refuse();
    expect(await committing).toEqual({
      code: "storage_failed",
      retryable: false,
      message: expect.stringContaining("Read before you try again"),
    });
    expect((await witness.getSession("a"))?.version).toBe(2);
  });
});

describe("a connection that the server ends", () => {
  it("inside a transaction: nothing was written, and the work is done over another", async () => {
    const config = temporaryDatabase();
    const { storage } = await opened(config);
    await commitOne(storage, newSession("a"));
    const raw = await rawClient(config);
    await raw.query("BEGIN; SELECT 1 FROM sessions WHERE id = 'a' FOR UPDATE");
    const committing = commitOne(storage, recording("a", 1));
    const ended = await until(async () => {
      const waiting = await raw.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE pid <> pg_backend_pid() AND pg_backend_pid() = ANY(pg_blocking_pids(pid))`,
      );
      return waiting.rows.length > 0 && waiting;
    });
    expect(ended.rows).toEqual([{ pg_terminate_backend: true }]);
    await raw.query("COMMIT");
    expect(await committing).toEqual({ ok: true });
    expect((await storage.getSession("a"))?.version).toBe(2);
  });
});
