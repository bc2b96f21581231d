import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { Readable } from "node:stream";
import { afterEach, expect, it, vi } from "vitest";
import {
  createSecret,
  type HandleOptions,
  handleSigned,
  seenIds,
  signStandardWebhook,
  standardWebhookVerifier,
} from "../src/index.js";

const secret = createSecret();
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

type Handle = Parameters<typeof handleSigned>[2];

/** A real server on the loopback interface, as one would mount the route. */
async function serve(handle: Handle, options: Partial<HandleOptions> = {}): Promise<URL> {
  const shared = {
    verify: standardWebhookVerifier(secret),
    seenIds: seenIds(),
    maxBytes: 10_000,
    ...options,
  };
  const server = createServer((incoming, outgoing) => {
    handleSigned(requestOf(incoming), { now: Date.now(), ...shared }, handle)
      .catch(() => new Response(null, { status: 500 }))
      .then(async (response) => {
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        outgoing.end(await response.text());
      })
      .catch((error: unknown) => outgoing.destroy(error as Error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`);
}

function requestOf(incoming: IncomingMessage): Request {
  const init = {
    method: incoming.method ?? "GET",
    headers: incoming.headers as Record<string, string>,
    body: Readable.toWeb(incoming),
    duplex: "half",
  };
  return new Request(`http://${incoming.headers.host}${incoming.url}`, init as unknown as RequestInit);
}

async function post(url: URL, id: string, body = "{}"): Promise<number> {
  const headers = signStandardWebhook({ id, body, now: Date.now() }, secret);
  const response = await fetch(url, { method: "POST", headers, body });
  await response.text();
  return response.status;
}

it("handles each request once, and says 200 to the repetition", async () => {
  const handle = vi.fn<Handle>(() => new Response("done", { status: 202 }));
  const url = await serve(handle);
  expect([await post(url, "a"), await post(url, "a"), await post(url, "b")]).toEqual([202, 200, 202]);
  expect(handle).toHaveBeenCalledTimes(2);
});

it("handles the next try when the first threw or was answered with an error", async () => {
  const handle = vi.fn<Handle>(() => new Response("done"));
  handle.mockRejectedValueOnce(new Error("the database is away"));
  handle.mockResolvedValueOnce(new Response(null, { status: 503 }));
  const url = await serve(handle);
  expect([await post(url, "a"), await post(url, "a"), await post(url, "a")]).toEqual([500, 503, 200]);
  expect(handle).toHaveBeenCalledTimes(3);
});

it("never says 200 to a repetition while the first is still open", async () => {
  const events = new EventEmitter();
  const handle = vi.fn<Handle>(async () => {
    const finished = once(events, "finish");
    events.emit("start");
    await finished;
    return new Response("done");
  });
  const url = await serve(handle);
  const started = once(events, "start");
  const first = post(url, "a");
  await started;
  expect(await post(url, "a")).toBe(503);
  events.emit("finish");
  expect(await first).toBe(200);
  expect(handle).toHaveBeenCalledOnce();
});

it("answers repetitions as it is told, and reports refusals", async () => {
  const onRefused = vi.fn();
  const url = await serve(() => new Response("done"), {
    onRefused,
    onReplayed: ({ id }) => new Response(`<Response/>${id}`, { headers: { "content-type": "text/xml" } }),
  });
  await post(url, "a");
  const headers = signStandardWebhook({ id: "a", body: "{}", now: Date.now() }, secret);
  const again = await fetch(url, { method: "POST", headers, body: "{}" });
  expect(await again.text()).toBe("<Response/>a");
  const forged = await fetch(url, { method: "POST", body: "{}" });
  expect(forged.status).toBe(401);
  expect(await forged.json()).toEqual({ error: "unauthorized" });
  expect(onRefused).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ reason: "missing", detail: "no header webhook-signature" }),
  );
});

it("answers 413 to a client whose body has no end", async () => {
  const handle = vi.fn<Handle>(() => new Response("done"));
  const url = await serve(handle);
  const socket = connect(Number(url.port), url.hostname);
  stops.push(() => socket.destroy());
  socket.on("error", () => undefined); // The server may close while this client still writes.
  socket.write("POST /hooks HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n");
  const chunk = `3e8\r\n${"a".repeat(1000)}\r\n`;
  const write = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", write);
  write();
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
  expect(handle).not.toHaveBeenCalled();
});
