import { describe, expect, it } from "vitest";
import { virtualClock } from "../src/index.js";

describe("the virtual clock", () => {
  it("stands still, and moves when it is told to", async () => {
    const clock = virtualClock(1_000);
    expect(clock.now()).toBe(1_000);
    await clock.advance(500);
    expect(clock.now()).toBe(1_500);
    await clock.advanceTo(1_500);
    expect(clock.now()).toBe(1_500);
  });

  it("runs timers in order, each at its own moment, and those that they set", async () => {
    const clock = virtualClock(0);
    const seen: string[] = [];
    const note = (name: string) => seen.push(`${name}@${clock.now()}`);
    clock.setTimeout(() => note("late"), 300);
    clock.setTimeout(() => {
      note("early");
      clock.setTimeout(() => note("nested"), 50);
      clock.setTimeout(() => note("at once"), 0);
    }, 100);
    clock.setTimeout(() => note("never"), 301);
    clock.setTimeout(() => note("cancelled"), 200)();
    await clock.advance(300);
    expect(seen).toEqual(["early@100", "at once@100", "nested@150", "late@300"]);
    expect(clock.pendingTimers).toBe(1);
  });

  it("lets promises go on between two timers", async () => {
    const clock = virtualClock(0);
    const seen: number[] = [];
    const sleep = (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));
    const work = (async () => {
      for (let round = 0; round < 3; round += 1) {
        await sleep(100);
        seen.push(clock.now());
      }
    })();
    await clock.advance(300);
    await work;
    expect(seen).toEqual([100, 200, 300]);
  });

  it("wakes sleepers at the moments they ask for, and awaits them", async () => {
    const clock = virtualClock(0);
    const seen: number[] = [];
    const due = [400, 100, 250];
    const unregister = clock.register({
      nextWakeAt: async () => (due.length === 0 ? null : Math.min(...due)),
      async wake() {
        await new Promise((resolve) => setImmediate(resolve));
        const next = due.findIndex((at) => at <= clock.now());
        if (next < 0) return;
        seen.push(clock.now());
        due.splice(next, 1);
      },
    });
    clock.setTimeout(() => due.push(200), 150);
    await clock.advance(300);
    expect(seen).toEqual([100, 200, 250]);
    expect(clock.now()).toBe(300);
    unregister();
    await clock.advance(300);
    expect(seen).toHaveLength(3);
  });

  it("lets sleepers do what a timer set off before time goes on", async () => {
    const clock = virtualClock(0);
    const seen: number[] = [];
    let work = false;
    clock.register({
      nextWakeAt: async () => null,
      async wake() {
        if (work) seen.push(clock.now());
        work = false;
      },
    });
    clock.setTimeout(() => {
      work = true;
    }, 100);
    await clock.advance(1_000);
    expect(seen).toEqual([100]);
  });

  it("wakes a sleeper that is overdue now, not in the past", async () => {
    const clock = virtualClock(1_000);
    const seen: number[] = [];
    let due: number | null = 10;
    clock.register({
      nextWakeAt: async () => due,
      async wake() {
        seen.push(clock.now());
        due = null;
      },
    });
    await clock.advance(0);
    expect(seen).toEqual([1_000]);
  });

  it("jumps without running anything; a timer keeps what was left of it", async () => {
    const clock = virtualClock(1_000);
    const seen: number[] = [];
    clock.setTimeout(() => seen.push(clock.now()), 100);
    clock.set(5_000);
    expect(clock.now()).toBe(5_000);
    await clock.advance(99);
    expect(seen).toEqual([]);
    clock.set(0);
    await clock.advance(1);
    expect(seen).toEqual([1]);
  });

  it("gives up on what keeps asking for the same moment", async () => {
    const clock = virtualClock(0);
    clock.register({ nextWakeAt: async () => 5, wake: async () => undefined });
    await expect(clock.advance(10)).rejects.toThrow(
      "More than 100000 wakes at 1970-01-01T00:00:00.005Z: a timer or sleeper keeps asking for the same moment.",
    );
    expect(clock.now()).toBe(5);
  });

  it("refuses to go back, to go nowhere, and to be advanced twice at once", async () => {
    const clock = virtualClock(1_000);
    await expect(clock.advanceTo(999)).rejects.toThrow("Use set() to jump back");
    await expect(clock.advance(Number.NaN)).rejects.toThrow("Cannot advance to NaN");
    expect(() => clock.set(Number.NaN)).toThrow("Cannot set the clock to NaN");
    const first = clock.advance(1);
    await expect(clock.advance(1)).rejects.toThrow("being advanced already");
    await first;
  });

  it("can be advanced again after something threw", async () => {
    const clock = virtualClock(0);
    clock.setTimeout(() => {
      throw new Error("from a timer");
    }, 1);
    await expect(clock.advance(2)).rejects.toThrow("from a timer");
    await clock.advance(2);
    expect(clock.now()).toBe(3);
  });
});
