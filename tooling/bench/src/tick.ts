import { join } from "node:path";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { median } from "./measure.js";
import { inFolder } from "./workspace.js";

export interface TickResult {
  readonly sessions: number;
  /** Microseconds of one `checkTriggers()` with nothing due. */
  readonly idleMicros: number;
}

/** What a tick costs when nothing is due, by the number of active sessions. */
export function benchIdleTick(sizes: readonly number[]): Promise<TickResult[]> {
  return inFolder(async (folder) => {
    const results: TickResult[] = [];
    for (const sessions of sizes) {
      const orchestrator = createOrchestrator({
        storage: sqliteStorage({ path: join(folder, `${sessions}.db`), durability: "normal" }),
        triggers: [
          {
            name: "quiet",
            condition: { type: "no_activity", seconds: 86_000 },
            action: { type: "send", to: "worker" },
          },
        ],
      });
      for (let made = 0; made < sessions; made += 1_000) {
        await Promise.all(
          Array.from({ length: 1_000 }, () => orchestrator.createSession({ metadata: { step: 1 } })),
        );
      }
      const micros: number[] = [];
      for (let round = 0; round < 2_000; round += 1) {
        const start = process.hrtime.bigint();
        await orchestrator.checkTriggers();
        micros.push(Number(process.hrtime.bigint() - start) / 1e3);
      }
      results.push({ sessions, idleMicros: median(micros.slice(200)) });
      await orchestrator.stop();
    }
    return results;
  });
}
