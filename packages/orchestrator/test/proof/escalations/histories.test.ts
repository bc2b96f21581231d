import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import fc from "fast-check";
import { expect, it } from "vitest";
import { counts } from "../counts.js";
import { tellFigures } from "../figures.js";
import { plan } from "./plan.js";
import { play } from "./play.js";
import type { Database } from "./world.js";

async function sqliteDatabase(): Promise<Database> {
  const storage = sqliteStorage({ path: ":memory:" });
  await storage.open();
  return { storage, connect: () => storage, close: () => storage.close() };
}

it(`hold in ${counts.escalations} histories`, async () => {
  const startedAt = Date.now();
  await fc.assert(
    fc.asyncProperty(plan, async (given) => {
      const database = await sqliteDatabase();
      try {
        expect(await play(given, database)).toEqual([]);
      } finally {
        await database.close();
      }
    }),
    { numRuns: counts.escalations },
  );
  tellFigures("escalations", `${counts.escalations} histories`, startedAt);
}, 7_200_000);
