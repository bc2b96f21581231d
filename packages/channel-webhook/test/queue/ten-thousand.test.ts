import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { bundleScript, temporaryFolder } from "../../../orchestrator/test/proof/processes/script.js";
import { secret } from "../receiver.js";
import type { Account, Order } from "./messages.js";

const deliveries = 10_000;
/**
 * V8 takes the machine's memory for its own: it lets garbage pile up to that, and spends 30 MB at once on compiling
 * undici's HTTP parser for speed. Told to keep within less, it fails where more is really needed.
 */
const smallMachine = ["--max-old-space-size=64", "--max-semi-space-size=4", "--liftoff-only"];

it("brings ten thousand waiting messages to a slow, flaky endpoint: each, under one id, in little memory", async () => {
  using folder = temporaryFolder();
  const endpoint = await flakyEndpoint();
  const order: Order = {
    databasePath: join(folder.path, "sessions.db"),
    endpoint: endpoint.url,
    secret,
    deliveries,
  };
  const worker = spawn(
    process.execPath,
    [
      ...smallMachine,
      await bundleScript(new URL("worker.ts", import.meta.url), folder.path),
      JSON.stringify(order),
    ],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  onTestFinished(() => void worker.kill("SIGKILL"));
  const exited = once(worker, "exit");
  const printed = await text(worker.stdout);
  expect(await exited).toEqual([0, null]);

  const { byStatus, attempts, peakMegabytes } = JSON.parse(printed) as Account;
  expect(byStatus).toEqual({ sent: deliveries });
  expect(endpoint.taken.size).toBe(deliveries);
  for (const ids of endpoint.taken.values()) expect(ids.size).toBe(1);
  // It was as flaky as was wanted, and each attempt is accounted for.
  expect(endpoint.requests).toBeGreaterThan(deliveries * 1.1);
  expect(attempts).toBeGreaterThanOrEqual(endpoint.requests);
  expect(peakMegabytes).toBeLessThan(150);
}, 240_000);

/**
 * Of a hundred requests it answers ten with 503 and five not at all, takes five more without an answer, and the others
 * slowly. `taken` holds the ids under which each text was taken.
 */
async function flakyEndpoint() {
  const taken = new Map<string, Set<string>>();
  let requests = 0;
  const server = createServer(async (request, response) => {
    answer(response, await text(request), String(request.headers["webhook-id"]));
  });

  function answer(response: ServerResponse, body: string, id: string): void {
    // Spread, since a breaker opens after several failures in a row.
    const turn = (requests * 37) % 100;
    requests += 1;
    if (turn < 10) {
      response.writeHead(503).end();
      return;
    }
    if (turn < 15) {
      response.destroy();
      return;
    }
    const { content } = (JSON.parse(body) as { data: { content: string } }).data;
    taken.set(content, (taken.get(content) ?? new Set()).add(id));
    if (turn < 20) response.destroy();
    else setTimeout(() => response.end(), 1 + (turn % 30));
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    taken,
    get requests() {
      return requests;
    },
  };
}
