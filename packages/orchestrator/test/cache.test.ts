import { describe, expect, it } from "vitest";
import type { SessionWork } from "../src/decide/work.js";
import { EntryCache } from "../src/shell/cache.js";
import { harness } from "./harness.js";

/** A cache with room for so many works of one byte each. */
function cacheOf(size: number) {
  const cache = new EntryCache(size);
  return {
    cache,
    use(id: string) {
      const entry = cache.entry(id);
      entry.work ??= { sizeBytes: 1 } as SessionWork;
      cache.touch(entry);
      return entry;
    },
    keeps: (id: string) => cache.entry(id).work !== null,
  };
}

describe("the sessions in memory", () => {
  it("stay within the bound, and those in use outlast those that are not", () => {
    const { cache, use, keeps } = cacheOf(3);
    for (const id of ["a", "b", "c", "d"]) use(id);
    expect(cache.stats).toEqual({ sessions: 3, bytes: 3 });
    // What is used again and again stays; each newcomer takes the place of an older one.
    for (const id of ["e", "f", "g", "h"]) {
      use("d");
      use(id);
      expect(cache.stats.bytes).toBe(3);
    }
    expect(keeps("d")).toBe(true);
    expect(keeps("a")).toBe(false);
  });

  it("never lose one that an input waits for", () => {
    const { cache, use, keeps } = cacheOf(1);
    const busy = use("a");
    busy.busy = true;
    for (const id of ["b", "c"]) use(id);
    expect(keeps("a")).toBe(true);
    busy.busy = false;
    use("d");
    expect(keeps("a")).toBe(false);
    expect(cache.stats.bytes).toBe(1);
  });

  it("weigh more while messages of theirs wait, and no more than before when those have left", async () => {
    const { orchestrator, clock, sent } = await harness();
    const bytes = async () => (await orchestrator.stats()).cache.bytes;
    const { id } = await orchestrator.createSession();
    await orchestrator.send(id, { content: "first", audience: "worker" });
    await clock.advance(1);
    const before = await bytes();
    for (let n = 0; n < 50; n += 1)
      await orchestrator.send(id, { content: "x".repeat(1_000), audience: "worker" });
    expect(await bytes()).toBeGreaterThan(before + 50 * 3_000);
    await clock.advance(1);
    expect(sent).toHaveLength(51);
    expect(await bytes()).toBe(before);
  });
});
