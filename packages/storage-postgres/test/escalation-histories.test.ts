import { it } from "vitest";
import { counts } from "../../orchestrator/test/proof/counts.js";
import { playHistories } from "../../orchestrator/test/proof/escalations/histories.js";
import type { Database } from "../../orchestrator/test/proof/escalations/world.js";
import { tellFigures } from "../../orchestrator/test/proof/figures.js";
import { postgresStorage } from "../src/index.js";
import { dropSchema, freshConfig } from "./database.js";

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

it(`keep what is promised of people and agents in ${counts.escalationsOnPostgres} histories`, async () => {
  const startedAt = Date.now();
  await playHistories(counts.escalationsOnPostgres, postgresDatabase);
  tellFigures("escalations on PostgreSQL", `${counts.escalationsOnPostgres} histories`, startedAt);
}, 36_000_000);
