import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type Figure, median } from "./measure.js";
import { answerOf } from "./own-process.js";
import { storeSessions } from "./stored-sessions.js";
import { oneSilence } from "./triggers.js";
import { flushed, inFolder } from "./workspace.js";

const small = 10_000;
const large = 1_000_000;

/** What must not grow with the number of stored sessions: opening, a tick with nothing due, memory; and what fires. */
export function benchScale(): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const paths = { [small]: join(folder, "small.db"), [large]: join(folder, "large.db") } as const;
    for (const count of [small, large] as const) {
      await storeSessions(paths[count], { count, triggers: oneSilence });
      flushed(paths[count]);
    }
    const firing = join(folder, "firing.db");
    copyFileSync(paths[large], firing);
    flushed(firing);
    const opening = await openingMs(paths[large]);
    const ticks = { small: await idleTick(paths[small]), large: await idleTick(paths[large]) };
    const memory = { small: await peakMb(paths[small], small), large: await peakMb(paths[large], large) };
    const of = (count: number) => `${count.toLocaleString("en-US")} sessions`;
    return [
      { name: `opening a store with ${of(large)}`, value: opening, unit: "ms", target: { atMost: 50 } },
      { name: `one tick, nothing due, ${of(small)}`, value: ticks.small, unit: "µs", target: { atMost: 50 } },
      { name: `one tick, nothing due, ${of(large)}`, value: ticks.large, unit: "µs", target: { atMost: 50 } },
      {
        name: "the second against the first",
        value: ticks.large / ticks.small,
        unit: "×",
        target: { atMost: 1.5 },
      },
      {
        name: `peak memory, 4,096 hot of ${of(small)}`,
        value: memory.small,
        unit: "MB",
        target: { atMost: 200 },
      },
      {
        name: `peak memory, 4,096 hot of ${of(large)}`,
        value: memory.large,
        unit: "MB",
        target: { atMost: 200 },
      },
      {
        name: "difference of the two",
        value: Math.abs(memory.large - memory.small),
        unit: "MB",
        target: { atMost: 20 },
      },
      {
        name: `firings among ${of(large)}, each with its message`,
        value: Number(await answerOf(new URL("firing-load.ts", import.meta.url), [firing])),
        unit: "/s",
        target: { atLeast: 5_000 },
      },
    ];
  });
}

async function openingMs(path: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const storage = sqliteStorage({ path });
    const start = performance.now();
    await storage.open();
    times.push(performance.now() - start);
    await storage.close();
  }
  return median(times);
}

/** Microseconds of one `checkTriggers()` with nothing due. */
async function idleTick(path: string): Promise<number> {
  const orchestrator = createOrchestrator({ storage: sqliteStorage({ path }), triggers: oneSilence });
  const micros: number[] = [];
  for (let round = 0; round < 4_000; round += 1) {
    const start = process.hrtime.bigint();
    await orchestrator.checkTriggers();
    micros.push(Number(process.hrtime.bigint() - start) / 1e3);
  }
  await orchestrator.stop();
  return median(micros.slice(400));
}

/** The most memory that a process of its own took while 64 callers recorded into 4,096 sessions; a median of three. */
async function peakMb(path: string, stored: number): Promise<number> {
  const peaks: number[] = [];
  for (let round = 0; round < 3; round += 1)
    peaks.push(Number(await answerOf(new URL("memory-load.mjs", import.meta.url), [path, String(stored)])));
  return median(peaks);
}
