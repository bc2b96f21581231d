import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createSafeDispatcher, safeRequest } from "@hybrid-orchestrator/safe-http";
import { Agent, type Dispatcher, request } from "undici";
import { type Comparison, compare, type Side } from "./measure.js";

const callers = 16;

/** A server on a thread of its own, so that its work does not hide what is compared. */
const serverSource = `
  const { createServer } = require("node:http");
  const { parentPort } = require("node:worker_threads");
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === "/once") response.setHeader("connection", "close");
    response.end("{}");
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

/** Requests through the safe dispatcher against requests through undici's own, on kept and on new connections. */
export async function benchSafeHttp(): Promise<Comparison[]> {
  const server = new Worker(serverSource, { eval: true });
  const [port] = (await once(server, "message")) as [number];
  const origin = `http://localhost:${port}`;
  const safe = createSafeDispatcher({ trustedOrigins: [origin] }, { connectionsPerOrigin: callers });
  const plain = new Agent({ connections: callers });
  try {
    return [
      await compare({
        name: `POST on kept connections, ${callers} callers`,
        target: 0.9,
        ours: requests("safe dispatcher", safe, `${origin}/`),
        theirs: requests("undici's Agent", plain, `${origin}/`),
        count: 4_000,
      }),
      await compare({
        name: `POST on a new connection each, ${callers} callers`,
        target: 0.9,
        ours: requests("safe dispatcher", safe, `${origin}/once`),
        theirs: requests("undici's Agent", plain, `${origin}/once`),
        count: 1_500,
      }),
      await compare({
        name: `POST with timeouts and a size limit, ${callers} callers`,
        target: 0.9,
        ours: {
          name: "safeRequest",
          run: (count) =>
            share(count, async () => {
              const answer = await safeRequest(`${origin}/`, { dispatcher: safe, ...post });
              if (answer.outcome !== "answered" || answer.status !== 200) throw new Error(answer.outcome);
            }),
        },
        theirs: requests("undici's request", plain, `${origin}/`),
        count: 4_000,
      }),
    ];
  } finally {
    await safe.destroy();
    await plain.destroy();
    await server.terminate();
  }
}

const post = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ type: "trigger.fired", data: { text: "x".repeat(500) } }),
} as const;

function requests(name: string, dispatcher: Dispatcher, url: string): Side {
  return {
    name,
    run: (count) =>
      share(count, async () => {
        const { statusCode, body } = await request(url, { dispatcher, ...post });
        if (statusCode !== 200 || (await body.text()) !== "{}") throw new Error(`status ${statusCode}`);
      }),
  };
}

/** So many calls, spread over the callers, each of whom awaits one before the next. */
async function share(count: number, call: () => Promise<void>): Promise<void> {
  let left = count;
  const work = async () => {
    for (; left > 0; ) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: callers }, work));
}
