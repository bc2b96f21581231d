import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TriggerInput } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type Figure, percentile } from "./measure.js";
import { fieldChange, threeTriggers } from "./triggers.js";
import { inFolder } from "./workspace.js";

const silence: TriggerInput = {
  name: "silence",
  condition: { type: "no_activity", seconds: 1 },
  action: { type: "ui_action", action: "show" },
  filter: { workflow: "watched" },
};
const watched = 400;
/** Between two sessions, so that each falls due at a moment of its own. */
const spreadMs = 10;

/** From the moment at which a silence falls due to the commit of its firing. */
export async function benchLatency(): Promise<Figure[]> {
  const idle = await delays(0);
  const busy = await delays(64);
  return [
    { name: "from due to fired, idle, p50", value: percentile(idle, 0.5), unit: "ms", target: null },
    {
      name: "from due to fired, idle, p99",
      value: percentile(idle, 0.99),
      unit: "ms",
      target: { atMost: 25 },
    },
    { name: "from due to fired, 64 callers, p50", value: percentile(busy, 0.5), unit: "ms", target: null },
    {
      name: "from due to fired, 64 callers, p99",
      value: percentile(busy, 0.99),
      unit: "ms",
      target: { atMost: 50 },
    },
  ];
}

function delays(callers: number): Promise<number[]> {
  return inFolder(async (folder) => {
    const orchestrator = createOrchestrator({
      storage: sqliteStorage({ path: join(folder, "latency.db") }),
      triggers: [silence, ...threeTriggers],
    });
    const measured: number[] = [];
    let done: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    orchestrator.on("trigger.fired", ({ data }) => {
      measured.push(Date.now() - data.firedAt);
      if (measured.length === watched) done();
    });
    await orchestrator.start();

    let ended = false;
    const load = Array.from({ length: callers }, async () => {
      const { id } = await orchestrator.createSession();
      for (let n = 0; !ended; n += 1) await orchestrator.recordActivity({ id }, fieldChange(n));
    });
    for (let made = 0; made < watched; made += 1) {
      await orchestrator.createSession({ workflow: "watched" });
      await pause(spreadMs);
    }
    await all;
    ended = true;
    await Promise.all(load);
    await orchestrator.stop();
    return measured;
  });
}
