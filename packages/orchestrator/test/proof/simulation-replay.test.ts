import { expect, it } from "vitest";
import { traceOf } from "./simulation/history.js";
import { regressions } from "./simulation/regressions.js";
import { runHistories } from "./simulation/run.js";

it("holds in the history of the seed that is asked for, and in those that once failed", async () => {
  const asked = process.env.SEED === undefined ? [] : [Number(process.env.SEED)];
  await runHistories([...asked, ...regressions.map(({ seed }) => seed)]);
});

it("gives the same history for the same seed", async () => {
  for (const seed of [3, 14, 159]) {
    const first = await traceOf(seed);
    expect(first.length).toBeGreaterThan(5);
    expect(await traceOf(seed)).toEqual(first);
  }
  expect(await traceOf(1)).not.toEqual(await traceOf(2));
});
