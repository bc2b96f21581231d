import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { webhookChannel } from "@hybrid-orchestrator/channel-webhook";
import type { OrchestratorEvent } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { Agent, request } from "undici";
import { type Comparison, compare, type Side } from "./measure.js";
import { inFolder } from "./workspace.js";

const concurrency = 64;
const content = "x".repeat(500);

/** How long an endpoint takes that is not on the same machine, with a little work of its own. */
const remoteMs = 20;

/**
 * A server in a process of its own, so that its work does not hide what is compared. Its path says after how many
 * milliseconds it answers.
 */
const serverSource = `
  const server = require("node:http").createServer((request, response) => {
    const delayMs = Number(request.url.slice(1));
    const answer = () => response.end("{}");
    request.resume().on("end", () => (delayMs === 0 ? answer() : setTimeout(answer, delayMs)));
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
  process.on("disconnect", () => process.exit());
`;

/**
 * Webhooks through the whole outbox: queued and committed, begun and committed, signed and posted, settled and
 * committed; against the same bodies posted by bare undici.
 */
export function benchWebhook(): Promise<Comparison[]> {
  return inFolder(async (folder) => {
    const server = spawn(process.execPath, ["-e", serverSource], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const [port] = (await once(server, "message")) as [number];
    const origin = `http://127.0.0.1:${port}`;
    try {
      return [
        await compareOn(join(folder, "at-once.db"), `${origin}/0`, {
          name: `webhook deliveries, ${concurrency} at once, to an endpoint that answers at once`,
          count: 2_560,
        }),
        await compareOn(join(folder, "remote.db"), `${origin}/${remoteMs}`, {
          name: `webhook deliveries, ${concurrency} at once, to one that answers after ${remoteMs} ms`,
          count: 2_560,
        }),
      ];
    } finally {
      server.disconnect();
    }
  });
}

async function compareOn(
  path: string,
  url: string,
  what: { readonly name: string; readonly count: number },
): Promise<Comparison> {
  const ours = await outbox(path, url);
  const theirs = bareUndici(url);
  try {
    return await compare({ ...what, target: 0.5, ours: ours.side, theirs: theirs.side });
  } finally {
    await ours.close();
    await theirs.close();
  }
}

async function outbox(path: string, url: string) {
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path }),
    plugins: [
      webhookChannel({
        url,
        secrets: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
        policy: { trustedOrigins: [new URL(url).origin] },
        connectionsPerOrigin: concurrency,
      }),
    ],
    // A slot is held through two commits besides the request: twice as many keep that many requests under way.
    delivery: { channels: { webhook: { concurrency: 2 * concurrency } }, fallback: false },
  });
  let onSent: () => void = () => undefined;
  let onLost: (error: Error) => void = () => undefined;
  let sent = 0;
  orchestrator.on("delivery.sent", () => {
    sent += 1;
    onSent();
  });
  const lose = ({ data: { status, reason } }: OrchestratorEvent<"delivery.failed" | "delivery.retried">) =>
    onLost(new Error(`A delivery is ${status}: ${reason}`));
  orchestrator.on("delivery.failed", lose);
  orchestrator.on("delivery.retried", lose);
  await orchestrator.start();
  const sessions = await Promise.all(
    Array.from({ length: concurrency }, async () => (await orchestrator.createSession()).id),
  );
  const side: Side = {
    name: "the outbox, from send to settled",
    async run(count) {
      const wanted = sent + count;
      const ended = new Promise<void>((resolve, reject) => {
        onSent = () => void (sent >= wanted && resolve());
        onLost = reject;
      });
      const queued = inTurn(count, async (caller) => {
        const id = sessions[caller] ?? "";
        await orchestrator.send({ id }, { content, channel: "webhook", audience: "worker" });
      });
      await Promise.all([queued, ended]);
    },
  };
  return { side, close: () => orchestrator.stop() };
}

function bareUndici(url: string) {
  const dispatcher = new Agent({ connections: concurrency });
  const body = JSON.stringify({ type: "message.created", data: { content, filler: "x".repeat(300) } });
  const side: Side = {
    name: "undici's request",
    run: (count) =>
      inTurn(count, async () => {
        const answer = await request(url, {
          dispatcher,
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
        if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
        await answer.body.dump();
      }),
  };
  return { side, close: () => dispatcher.destroy() };
}

/** So many calls, spread over the callers, each of whom awaits one before the next. */
async function inTurn(count: number, call: (caller: number) => Promise<void>): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: concurrency }, async (_, caller) => {
      while (left > 0) {
        left -= 1;
        await call(caller);
      }
    }),
  );
}
