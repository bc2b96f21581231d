import fc from "fast-check";
import { expect } from "vitest";
import { plan } from "./plan.js";
import { play } from "./play.js";
import type { Database } from "./world.js";

/** Plays so many random histories, each on a database of its own; one that breaks a promise is told as short as it can be. */
export async function playHistories(count: number, open: () => Promise<Database>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(plan, async (given) => {
      const database = await open();
      try {
        expect(await play(given, database)).toEqual([]);
      } finally {
        await database.close();
      }
    }),
    { numRuns: count },
  );
}
