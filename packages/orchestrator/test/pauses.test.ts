import { describe, expect, it } from "vitest";
import { Pauses } from "../src/loops/pauses.js";

describe("pauses", () => {
  it("last so long, also over a clock that is set back", () => {
    const pauses = new Pauses(1_000);
    pauses.pause("a", 10_000);
    expect(pauses.isPaused("a", 10_999)).toBe(true);
    expect(pauses.isPaused("b", 10_999)).toBe(false);
    expect(pauses.isPaused("a", 11_000)).toBe(false);
    pauses.pause("a", 10_000);
    expect(pauses.isPaused("a", 5_000)).toBe(false);
  });

  it("are forgotten when they are over, also those that nobody asks for again", () => {
    const pauses = new Pauses(1_000);
    for (let n = 0; n < 10_000; n += 1) pauses.pause(`id-${n}`, n * 100);
    expect(pauses.size).toBeLessThanOrEqual(10);
    // Of a time before the clock was set back.
    pauses.pause("later", 0);
    expect(pauses.size).toBe(1);
  });

  it("that are renewed do not hide those that are over", () => {
    const pauses = new Pauses(1_000);
    pauses.pause("often", 0);
    pauses.pause("once", 1);
    pauses.pause("often", 900);
    pauses.pause("new", 1_500);
    expect(pauses.size).toBe(2);
  });
});
