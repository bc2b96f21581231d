import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { faultyStorage, type StorageFault } from "@hybrid-orchestrator/testkit";
import { expect, it, vi } from "vitest";
import { harness, problemOf } from "./harness.js";

const statuses = async (url: string) =>
  Promise.all(["healthz", "readyz"].map(async (path) => (await fetch(`${url}/${path}`)).status));

it("the process lives from the beginning; it is ready from the start of the orchestrator to its stop", async () => {
  const { url, orchestrator } = await harness({ start: false });
  expect(await statuses(url)).toEqual([200, 503]);
  await orchestrator.start();
  expect(await statuses(url)).toEqual([200, 200]);
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: "ready" });
  await orchestrator.stop();
  expect(await statuses(url)).toEqual([200, 503]);
});

it("is not ready while the storage fails, and tells the log alone why", async () => {
  let fault: StorageFault | null = null;
  const storage = faultyStorage(sqliteStorage({ path: ":memory:" }), {
    fault: ({ method }) => (method === "health" ? fault : null),
    error: () => new Error("disk 7 is on fire"),
  });
  const { url, lines } = await harness({ orchestrator: { storage } });
  fault = "before";
  const response = await fetch(`${url}/readyz`);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const problem = await problemOf(response);
  expect(problem).toMatchObject({ status: 503, code: "unavailable", retryable: true });
  expect(JSON.stringify(problem)).not.toContain("fire");
  expect(lines).toMatchObject([{ level: "warn", fields: { error: "disk 7 is on fire" } }]);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  fault = null;
  expect(await statuses(url)).toEqual([200, 200]);
});

it("does not wait for a storage that hangs, and does not ask it again meanwhile", async () => {
  let asked = 0;
  let hung: () => void = () => undefined;
  const hangs = new Promise<void>((resolve) => {
    hung = resolve;
  });
  const storage = {
    ...sqliteStorage({ path: ":memory:" }),
    health: () => {
      asked += 1;
      hung();
      return new Promise<never>(() => undefined);
    },
  };
  const { url, clock } = await harness({ orchestrator: { storage } });
  const timers = clock.pendingTimers;
  const first = fetch(`${url}/readyz`);
  await hangs;
  await clock.advance(900);
  expect((await first).status).toBe(503);
  const second = fetch(`${url}/readyz`);
  // The clock has something to wait for as soon as the second question is there.
  await vi.waitUntil(() => clock.pendingTimers > timers);
  await clock.advance(900);
  expect((await second).status).toBe(503);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(asked).toBe(1);
});

it("is asked with GET or HEAD", async () => {
  const { url } = await harness();
  for (const path of ["healthz", "readyz"]) {
    const head = await fetch(`${url}/${path}`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const wrong = await fetch(`${url}/${path}`, { method: "POST" });
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  }
});
