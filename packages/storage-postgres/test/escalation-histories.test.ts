import fc from "fast-check";
import { expect, it } from "vitest";
import { plan } from "../../orchestrator/test/proof/escalations/plan.js";
import { play } from "../../orchestrator/test/proof/escalations/play.js";
import type { Database } from "../../orchestrator/test/proof/escalations/world.js";
import { postgresStorage } from "../src/index.js";
import { dropSchema, freshConfig } from "./database.js";

const soak = process.env.SOAK !== undefined && process.env.SOAK !== "";
const histories = soak ? 2_000 : 12;

/** A schema of its own, and two handles with connections of their own, which the nodes share out. */
async function postgresDatabase(): Promise<Database> {
  const config = freshConfig();
  const handles = [postgresStorage(config), postgresStorage(config)] as const;
  for (const handle of handles) await handle.open();
  let next = 0;
  return {
    storage: handles[0],
    connect() {
      next += 1;
      return handles[next % 2 === 0 ? 0 : 1];
    },
    async close() {
      for (const handle of handles) await handle.close();
      await dropSchema(config);
    },
  };
}

it(`keeps what is promised of people and agents in ${histories} histories`, async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (given) => {
      const database = await postgresDatabase();
      try {
        expect(await play(given, database)).toEqual([]);
      } finally {
        await database.close();
      }
    }),
    { numRuns: histories },
  );
}, 7_200_000);
