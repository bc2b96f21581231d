/** A process that records at full load until it is killed. Tells each acknowledged activity on standard output. */
import { writeSync } from "node:fs";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { sessionNames, triggers } from "./scenario.js";

const path = process.argv[2];
if (path === undefined) throw new Error("Pass the path of the database.");

const orchestrator = createOrchestrator({ storage: sqliteStorage({ path }), triggers });
await orchestrator.start();

await Promise.all(
  sessionNames.map(async (externalId) => {
    const { id } = await orchestrator.createSession({ externalId, ifExists: "return" });
    for (let n = 0; ; n += 1) {
      const { seq } = await orchestrator.recordActivity(id, {
        type: "field_change",
        data: { fieldId: "ssn", value: `${n}` },
      });
      // A pipe is written synchronously: what the parent has not read was not told.
      writeSync(1, `${externalId} ${seq}\n`);
    }
  }),
);
