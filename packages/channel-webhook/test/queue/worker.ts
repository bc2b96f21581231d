import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { webhookChannel } from "../../src/index.js";
import type { Account, Order } from "./messages.js";

const sessions = 100;
const order = JSON.parse(process.argv[2] ?? "") as Order;
const orchestrator = createOrchestrator({
  storage: sqliteStorage({ path: order.databasePath }),
  delivery: {
    fallback: false,
    channels: { webhook: { concurrency: 64, maxAttempts: 30, retryBaseMs: 20, retryCapMs: 500 } },
  },
  plugins: [
    webhookChannel({
      url: order.endpoint,
      secrets: order.secret,
      policy: { trustedOrigins: [new URL(order.endpoint).origin] },
    }),
  ],
});

let open = order.deliveries;
const ended = new Promise<void>((resolve) => {
  const count = () => {
    open -= 1;
    if (open === 0) resolve();
  };
  orchestrator.on("delivery.sent", count);
  orchestrator.on("delivery.failed", count);
});
const ids = await Promise.all(
  Array.from({ length: sessions }, async () => (await orchestrator.createSession()).id),
);
await Promise.all(
  ids.map(async (id, index) => {
    for (let n = index; n < order.deliveries; n += sessions)
      await orchestrator.send({ id }, { content: `message ${n}`, channel: "webhook", audience: "worker" });
  }),
);
// Only now, so that all of them wait at once.
await orchestrator.start();
await ended;
await orchestrator.stop();

const account = await countUp();
process.stdout.write(`${JSON.stringify(account)}\n`);

/** From the database, not from what was told on the way. */
async function countUp(): Promise<Account> {
  const byStatus: Record<string, number> = {};
  let attempts = 0;
  const storage = sqliteStorage({ path: order.databasePath, readOnly: true });
  await storage.open();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await storage.listEffects({ kind: "delivery", limit: 500, ...(cursor && { cursor }) });
    for (const effect of page.items) {
      if (effect.kind !== "delivery") continue;
      const { status } = effect.delivery;
      byStatus[status] = (byStatus[status] ?? 0) + 1;
      attempts += effect.delivery.attempts.length;
    }
    cursor = page.nextCursor;
  }
  await storage.close();
  return { byStatus, attempts, peakMegabytes: process.resourceUsage().maxRSS / 1_024 };
}
