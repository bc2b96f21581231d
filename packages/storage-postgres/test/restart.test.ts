import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf, opened } from "./database.js";
import { createTestServer, type TestServer } from "./server.js";
import { newSession, recording } from "./shapes.js";

// A server of its own, since the others' tests could not go on without theirs.
let server: TestServer;
beforeAll(async () => {
  server = await createTestServer();
  await server.start();
}, 60_000);
afterAll(() => server.dispose());

describe("a server that is stopped and started again", () => {
  it("is missed with a clear error, and used again by the same handle", async () => {
    const { storage } = await opened({ connectionString: server.url, connectTimeoutMs: 1_000 });
    expect(await storage.commit([newSession("a"), recording("a", 1)])).toEqual([{ ok: true }, { ok: true }]);
    const cursor = await storage.lastEventCursor();
    await server.stop();

    const unreachable = { code: "storage_failed", retryable: true };
    expect(await failureOf(() => storage.getSession("a"))).toMatchObject(unreachable);
    expect(await failureOf(() => storage.commit([recording("a", 2)]))).toMatchObject(unreachable);
    expect(await storage.health()).toMatchObject({
      healthy: false,
      detail: expect.stringContaining("cannot be reached") as string,
    });

    await server.start();
    expect(await storage.commit([recording("a", 2)])).toEqual([{ ok: true }]);
    expect((await storage.readEvents({ after: cursor, limit: 10 })).events).toHaveLength(1);
    expect((await storage.health()).healthy).toBe(true);
  }, 60_000);
});
