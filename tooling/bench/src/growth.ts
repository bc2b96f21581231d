import { join } from "node:path";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type Figure, median } from "./measure.js";
import { fieldChange, threeTriggers } from "./triggers.js";
import { inFolder } from "./workspace.js";

const sessions = 32;
const batch = 8;

/** What the 10,000th activity of a session costs against the tenth. */
export function benchGrowth(): Promise<Figure> {
  return inFolder(async (folder) => {
    const open = async (name: string, seq: number) => {
      const orchestrator = createOrchestrator({
        storage: sqliteStorage({ path: join(folder, name), durability: "normal" }),
        triggers: threeTriggers,
      });
      const ids = await Promise.all(
        Array.from({ length: sessions }, async () => (await orchestrator.createSession()).id),
      );
      for (let made = 0; made < seq; made += 500) {
        const activities = Array.from({ length: Math.min(500, seq - made) }, (_, n) => fieldChange(made + n));
        for (const id of ids) await orchestrator.recordActivity({ id }, activities);
      }
      return { orchestrator, ids };
    };
    const ratios: number[] = [];
    const old = await open("old.db", 10_000 - batch * 20);
    for (let round = 0; round < 20; round += 1) {
      // A young session grows old by being measured, so each round has new ones.
      const young = await open(`young-${round}.db`, 10);
      const early = await micros(young);
      const late = await micros(old);
      await young.orchestrator.stop();
      // The first round warms up.
      if (round > 0) ratios.push(late / early);
    }
    await old.orchestrator.stop();
    return {
      name: "the 10,000th activity of a session against the tenth",
      value: median(ratios),
      unit: "×",
      target: { atMost: 1.2 },
    };
  });
}

interface Opened {
  readonly orchestrator: Orchestrator;
  readonly ids: readonly string[];
}

/** Of one activity, while all sessions record a few at once. */
async function micros({ orchestrator, ids }: Opened): Promise<number> {
  const start = process.hrtime.bigint();
  for (let n = 0; n < batch; n += 1) {
    await Promise.all(ids.map((id) => orchestrator.recordActivity({ id }, fieldChange(n))));
  }
  return Number(process.hrtime.bigint() - start) / 1e3 / (batch * ids.length);
}
