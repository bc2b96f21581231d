import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { safeRequest } from "../src/index.js";
import { closedPort, dispatcherFor, dispatcherTo, httpServer, tcpServer } from "./servers.js";

/** A promise that is settled from outside. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";

describe("a request that is answered", () => {
  it("gives status, headers and body, and has sent what it was given", async () => {
    const server = await httpServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const { method, url, headers } = request;
        response.writeHead(201, { "x-answer": "42", "set-cookie": ["a=1", "b=2"] });
        response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(parts).toString() }));
      });
    });
    const answer = await safeRequest(`${server.origin}/hook?x=1#fragment`, {
      dispatcher: dispatcherTo(server),
      method: "POST",
      headers: { "content-type": "text/plain" },
      body: "grüße",
    });
    if (answer.outcome !== "answered") throw new Error(answer.outcome);
    expect(answer).toMatchObject({ status: 201, error: null });
    expect(answer.headers).toMatchObject({ "x-answer": "42", "set-cookie": ["a=1", "b=2"] });
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      method: "POST",
      url: "/hook?x=1",
      headers: { host: `127.0.0.1:${server.port}`, "content-length": "7", "content-type": "text/plain" },
      body: "grüße",
    });
  });

  it("with a redirect is answered, and not followed", async () => {
    const urls: string[] = [];
    const server = await httpServer((request, response) => {
      urls.push(request.url ?? "");
      response.writeHead(307, { location: "/next" }).end();
    });
    const dispatcher = dispatcherTo(server);
    expect(await safeRequest(`${server.origin}/first`, { dispatcher })).toMatchObject({
      outcome: "answered",
      status: 307,
      headers: { location: "/next" },
    });
    expect(urls).toEqual(["/first"]);
  });

  it("skips what precedes the answer", async () => {
    const server = await tcpServer((socket) =>
      socket.once("data", () =>
        socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${head}0123456789`),
      ),
    );
    const answer = await safeRequest(server.origin, { dispatcher: dispatcherTo(server) });
    expect(answer).toMatchObject({ outcome: "answered", status: 200, error: null });
  });

  it("keeps the body up to the limit, and the connection no longer, when it has no end", async () => {
    const server = await httpServer((_, response) => {
      const pour = () => {
        while (response.write(Buffer.alloc(16_384, "x")));
      };
      response.on("drain", pour);
      pour();
    });
    const answer = await safeRequest(server.origin, {
      dispatcher: dispatcherTo(server),
      maxBytes: 100_000,
    });
    if (answer.outcome !== "answered") throw new Error(answer.outcome);
    expect(answer).toMatchObject({ status: 200, error: { code: "data_too_large" } });
    expect(answer.body.length).toBe(100_000);
    await closed(server.sockets[0]);
  });

  it.each([
    [10, null],
    [9, { code: "data_too_large" }],
    [0, { code: "data_too_large" }],
  ])("of 10 bytes against a limit of %i", async (maxBytes, error) => {
    const server = await httpServer((_, response) => response.end("0123456789"));
    const answer = await safeRequest(server.origin, { dispatcher: dispatcherTo(server), maxBytes });
    expect(answer).toMatchObject({ outcome: "answered", error });
    if (answer.outcome === "answered") expect(answer.body.toString()).toBe("0123456789".slice(0, maxBytes));
  });

  it("says that the body is not complete when it is cut", async () => {
    const server = await tcpServer((socket) => socket.once("data", () => socket.end(`${head}01234`)));
    const answer = await safeRequest(server.origin, { dispatcher: dispatcherTo(server) });
    expect(answer).toMatchObject({ outcome: "answered", status: 200, error: { code: "network_failed" } });
    if (answer.outcome === "answered") expect(answer.body.toString()).toBe("01234");
  });

  it("has limited time for all of its body, not for each part of it", async () => {
    const server = await tcpServer((socket) =>
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
        const drip = setInterval(() => socket.write("x"), 5);
        socket.on("close", () => clearInterval(drip));
      }),
    );
    const answer = await safeRequest(server.origin, { dispatcher: dispatcherTo(server), bodyTimeoutMs: 60 });
    expect(answer).toMatchObject({ outcome: "answered", status: 200, error: { code: "timeout" } });
    await closed(server.sockets[0]);
  });
});

describe("a request that is not sent", () => {
  it("meets a closed port", async () => {
    const origin = `http://127.0.0.1:${await closedPort()}`;
    const dispatcher = dispatcherFor({ trustedOrigins: [origin] });
    expect(await safeRequest(`${origin}/secret`, { dispatcher })).toMatchObject({
      outcome: "not_sent",
      error: { code: "network_failed", retryable: true, message: expect.stringContaining("ECONNREFUSED") },
    });
  });

  it("waits for a resolver that never answers, until the connection's or its own time is up", async () => {
    const lookup = () => new Promise<never>(() => undefined);
    const patient = dispatcherFor({}, { lookup });
    expect(
      await safeRequest("https://slow.example/", { dispatcher: patient, connectTimeoutMs: 30 }),
    ).toMatchObject({ outcome: "not_sent", error: { code: "timeout" } });
    const hasty = dispatcherFor({}, { lookup, connectTimeoutMs: 30 });
    expect(await safeRequest("https://slow.example/", { dispatcher: hasty })).toMatchObject({
      outcome: "not_sent",
      error: { code: "timeout", cause: { code: "UND_ERR_CONNECT_TIMEOUT" } },
    });
  });

  it("meets a server that never ends the TLS handshake", async () => {
    const server = await tcpServer(() => undefined);
    const origin = `https://127.0.0.1:${server.port}`;
    const dispatcher = dispatcherFor({ trustedOrigins: [origin] }, { connectTimeoutMs: 50 });
    expect(await safeRequest(origin, { dispatcher })).toMatchObject({
      outcome: "not_sent",
      error: { code: "timeout" },
    });
    await closed(server.sockets[0]);
  });

  it("waits for a connection of the pool", async () => {
    const server = await httpServer(() => undefined);
    const dispatcher = dispatcherTo(server, { connectionsPerOrigin: 1 });
    const first = safeRequest(server.origin, { dispatcher, headersTimeoutMs: 200 });
    const second = safeRequest(server.origin, { dispatcher, connectTimeoutMs: 50 });
    expect(await second).toMatchObject({ outcome: "not_sent", error: { code: "timeout" } });
    expect(await first).toMatchObject({ outcome: "unknown" });
  });

  it("is aborted beforehand", async () => {
    const lookup = vi.fn(async () => []);
    const dispatcher = dispatcherFor({}, { lookup });
    const signal = AbortSignal.abort(new Error("stopping"));
    expect(await safeRequest("https://hooks.example/", { dispatcher, signal })).toMatchObject({
      outcome: "not_sent",
      error: { code: "timeout", cause: { message: "stopping" } },
    });
    expect(lookup).not.toHaveBeenCalled();
  });

  it("is aborted while connecting, and not written when the connection comes after all", async () => {
    const seen: string[] = [];
    const server = await httpServer((request, response) => {
      seen.push(request.url ?? "");
      response.end();
    });
    const resolved = gate();
    const origin = `http://late.example:${server.port}`;
    const dispatcher = dispatcherFor(
      { trustedOrigins: [origin] },
      { lookup: () => resolved.opened.then(() => ["127.0.0.1"]), connectionsPerOrigin: 1 },
    );
    const controller = new AbortController();
    const first = safeRequest(`${origin}/aborted`, { dispatcher, signal: controller.signal });
    controller.abort();
    expect(await first).toMatchObject({ outcome: "not_sent", error: { code: "timeout" } });

    // The next one waits behind it for the same connection.
    const next = safeRequest(`${origin}/next`, { dispatcher });
    resolved.open();
    expect(await next).toMatchObject({ outcome: "answered" });
    expect(seen).toEqual(["/next"]);
  });

  it("goes to a dispatcher that is closed", async () => {
    const dispatcher = dispatcherFor({});
    await dispatcher.close();
    expect(await safeRequest("https://hooks.example/", { dispatcher })).toMatchObject({
      outcome: "not_sent",
      error: { code: "network_failed" },
    });
  });
});

describe("a request of which nobody knows", () => {
  it("got no answer in time, and is not repeated", async () => {
    let requests = 0;
    const server = await httpServer(() => {
      requests += 1;
    });
    const answer = await safeRequest(server.origin, {
      dispatcher: dispatcherTo(server),
      headersTimeoutMs: 60,
    });
    expect(answer).toMatchObject({ outcome: "unknown", error: { code: "timeout" } });
    await closed(server.sockets[0]);
    expect(requests).toBe(1);
  });

  it.each<[string, (socket: Socket) => void]>([
    ["was cut off", (socket) => socket.destroy()],
    ["was reset", (socket) => socket.resetAndDestroy()],
    ["met something that is not HTTP", (socket) => socket.end("220 smtp.example ESMTP\r\n")],
    ["got only a hint that an answer comes", (socket) => socket.end("HTTP/1.1 103 Early Hints\r\n\r\n")],
    ["got half a header", (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-le")],
  ])("%s, and is not repeated", async (_, react) => {
    let requests = 0;
    const server = await tcpServer((socket) =>
      socket.once("data", () => {
        requests += 1;
        react(socket);
      }),
    );
    expect(
      await safeRequest(server.origin, { dispatcher: dispatcherTo(server), method: "POST", body: "{}" }),
    ).toMatchObject({ outcome: "unknown", error: { code: "network_failed", retryable: true } });
    expect(requests).toBe(1);
  });

  it("is aborted while it waits", async () => {
    const controller = new AbortController();
    const server = await httpServer(() => controller.abort());
    const { signal } = controller;
    expect(await safeRequest(server.origin, { dispatcher: dispatcherTo(server), signal })).toMatchObject({
      outcome: "unknown",
      error: { code: "timeout" },
    });
    await closed(server.sockets[0]);
  });
});

it("is aborted while the body comes: then it is answered, without its end", async () => {
  const controller = new AbortController();
  const server = await tcpServer((socket) => socket.once("data", () => socket.write(`${head}01234`)));
  const { signal } = controller;
  const onHeaders = () => setImmediate(() => controller.abort());
  subscribe("undici:request:headers", onHeaders);
  try {
    const answer = await safeRequest(server.origin, { dispatcher: dispatcherTo(server), signal });
    expect(answer).toMatchObject({ outcome: "answered", status: 200, error: { code: "timeout" } });
  } finally {
    unsubscribe("undici:request:headers", onHeaders);
  }
  await closed(server.sockets[0]);
});

it("leaves no listener on the signal and no timer", async () => {
  const server = await httpServer((_, response) => response.end());
  const { signal } = new AbortController();
  const add = vi.spyOn(signal, "addEventListener");
  const remove = vi.spyOn(signal, "removeEventListener");
  const clear = vi.spyOn(globalThis, "clearTimeout");
  await safeRequest(server.origin, { dispatcher: dispatcherTo(server), signal });
  expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(
    add.mock.calls.map(([, listener]) => listener),
  );
  expect(clear).toHaveBeenCalled();
  clear.mockRestore();
});

describe("a request that is wrong", () => {
  it.each([
    ["a method", { method: "CONNECT" }],
    ["a Host header", { headers: { hOST: "169.254.169.254" } }],
    ["a size", { maxBytes: -1 }],
    ["a time", { headersTimeoutMs: 2 ** 31 }],
    ["no time", { bodyTimeoutMs: 0 }],
    ["half a time", { connectTimeoutMs: 0.5 }],
  ])("throws: %s", async (_, options) => {
    const dispatcher = dispatcherFor({});
    await expect(
      safeRequest("https://hooks.example/", { dispatcher, ...options } as never),
    ).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it.each([
    ["a line break in a header", { headers: { "x-a": "secret\r\nx-b: 2" } }],
    ["a name of a header", { headers: { "x a": "1" } }],
    ["an expectation", { headers: { expect: "100-continue" } }],
    ["a length", { method: "POST" as const, headers: { "content-length": "5" }, body: "1234567" }],
  ])("is not sent: %s", async (_, options) => {
    let requests = 0;
    const server = await httpServer((_, response) => {
      requests += 1;
      response.end();
    });
    const answer = await safeRequest(server.origin, { dispatcher: dispatcherTo(server), ...options });
    expect(answer).toMatchObject({ outcome: "not_sent", error: { code: "invalid_argument" } });
    if (answer.outcome === "not_sent") expect(answer.error.message).not.toContain("secret");
    expect(requests).toBe(0);
  });
});

async function closed(socket: Socket | undefined): Promise<void> {
  if (socket === undefined) throw new Error("There was no connection.");
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}
