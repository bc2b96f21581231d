import type { SessionChange, Storage } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { faultyStorage, type StorageFault } from "../src/index.js";
import { newSession } from "../src/storage-fixtures.js";
import { memoryDatabase, memoryStorage } from "./memory-storage.js";

const change: SessionChange = newSession("a");

async function struck(fault: StorageFault, at = 1) {
  const inner: Storage = memoryStorage(memoryDatabase());
  await inner.open();
  const storage = faultyStorage(inner, { fault: ({ number }) => (number === at ? fault : null) });
  return { inner, storage };
}

/** Whether a promise has ended after all that is ready has run. */
async function hasEnded(work: Promise<unknown>): Promise<boolean> {
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  work.then(end, end);
  await new Promise((resolve) => setImmediate(resolve));
  return ended;
}

describe("a faulty storage", () => {
  it("fails before anything happened", async () => {
    const { inner, storage } = await struck("before");
    await expect(storage.commit([change])).rejects.toMatchObject({ code: "storage_failed", retryable: true });
    expect(await inner.getSession("a")).toBe(null);
    expect(await storage.commit([change])).toEqual([{ ok: true }]);
    expect(storage.calls).toBe(2);
  });

  it("fails after everything happened", async () => {
    const { inner, storage } = await struck("after");
    await expect(storage.commit([change])).rejects.toMatchObject({
      message: expect.stringContaining("commit"),
    });
    expect(await inner.getSession("a")).toMatchObject({ id: "a" });
  });

  it("refuses each change of a commit, and any other call as a whole", async () => {
    const { inner, storage } = await struck("refuse");
    expect(await storage.commit([change])).toMatchObject([{ ok: false, reason: "error" }]);
    expect(await inner.getSession("a")).toBe(null);
    const stale = await struck("conflict");
    expect(await stale.storage.commit([change, change])).toEqual([
      { ok: false, reason: "conflict" },
      { ok: false, reason: "conflict" },
    ]);
    expect(await stale.inner.getSession("a")).toBe(null);
    const reading = await struck("refuse");
    await expect(reading.storage.getSession("a")).rejects.toThrow("getSession");
  });

  it("is cut off before or after an effect, and never answers again", async () => {
    for (const [fault, stored] of [
      ["cut", false],
      ["cut_after", true],
    ] as const) {
      const { inner, storage } = await struck(fault);
      expect(await hasEnded(storage.commit([change]))).toBe(false);
      expect((await inner.getSession("a")) !== null).toBe(stored);
      expect(await hasEnded(storage.getSession("a"))).toBe(false);
      expect(await hasEnded(storage.close())).toBe(false);
    }
  });

  it("can be cut off from outside while a call is under way", async () => {
    const { inner, storage } = await struck("before", 99);
    const committing = storage.commit([change]);
    storage.cut();
    expect(await hasEnded(committing)).toBe(false);
    expect(await inner.getSession("a")).not.toBe(null);
  });

  it("leaves what it shares open, passes failures on, and fails as it is told", async () => {
    const inner = memoryStorage(memoryDatabase());
    await inner.open();
    const shared = faultyStorage(inner, { fault: () => null, shared: true });
    await shared.close();
    expect(await shared.commit([change])).toEqual([{ ok: true }]);
    const own = faultyStorage(inner, { fault: () => null });
    await own.close();
    await expect(own.getSession("a")).rejects.toMatchObject({ code: "storage_closed" });
    const told = faultyStorage(inner, {
      fault: () => "before",
      error: ({ method }) => new Error(`no ${method}`),
    });
    await expect(told.stats()).rejects.toThrow("no stats");
  });
});
