import { join } from "node:path";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type Figure, median } from "./measure.js";
import { fieldChange, threeTriggers } from "./triggers.js";
import { inFolder } from "./workspace.js";

const rounds = 200;
/** Activities that are timed in each round: of a young session those around the tenth. */
const timed = 5;

/** What the 10,000th activity of a session costs against the tenth, in one database, one caller awaiting each. */
export function benchGrowth(): Promise<Figure> {
  return inFolder(async (folder) => {
    const orchestrator = createOrchestrator({
      storage: sqliteStorage({ path: join(folder, "growth.db"), durability: "normal" }),
      triggers: threeTriggers,
    });

    async function record(id: string, count: number): Promise<void> {
      for (let made = 0; made < count; made += 500) {
        const size = Math.min(500, count - made);
        await orchestrator.recordActivity(
          { id },
          Array.from({ length: size }, (_, n) => fieldChange(n)),
        );
      }
    }
    async function micros(id: string): Promise<number> {
      const start = process.hrtime.bigint();
      for (let n = 0; n < timed; n += 1) await orchestrator.recordActivity({ id }, fieldChange(n));
      return Number(process.hrtime.bigint() - start) / 1e3 / timed;
    }

    const old = await orchestrator.createSession();
    await record(old.id, 10_000 - (rounds * timed) / 2);
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const young = await orchestrator.createSession();
      await record(young.id, 7);
      const early = await micros(young.id);
      ratios.push((await micros(old.id)) / early);
    }
    await orchestrator.stop();
    return {
      name: "the 10,000th activity of a session against the tenth",
      value: median(ratios.slice(20)),
      unit: "×",
      target: { atMost: 1.2 },
    };
  });
}
