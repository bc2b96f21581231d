// Plain JavaScript and a process of its own, so that no compiler's memory is counted.
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";

const [path, stored] = process.argv.slice(2);
const hot = 4_096;
const callers = 64;
const orchestrator = createOrchestrator({
  storage: sqliteStorage({ path }),
  triggers: [
    {
      name: "quiet",
      condition: { type: "no_activity", seconds: 80_000 },
      action: { type: "send", to: "worker" },
    },
  ],
});
// Hot sessions lie scattered among the stored ones.
const ids = Array.from({ length: hot }, (_, n) => {
  const sid = 2 + Math.floor((n * (Number(stored) - 2)) / hot);
  return `00000000-0000-7000-8000-${sid.toString(16).padStart(12, "0")}`;
});
let turn = 0;
await Promise.all(
  Array.from({ length: callers }, async () => {
    for (let n = 0; n < (hot * 60) / callers; n += 1) {
      const id = ids[turn++ % hot];
      await orchestrator.recordActivity(
        { id },
        { type: "field_change", data: { fieldId: `field_${n % 40}`, step: n % 5 } },
      );
    }
  }),
);
await orchestrator.stop();
console.log(process.resourceUsage().maxRSS / 1_024);
