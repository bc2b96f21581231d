import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { readOptions } from "../src/config.js";
import { createServer, type ServerOptions } from "../src/index.js";
import { startListener } from "../src/listen/listener.js";
import { fine, gate, harness, post, rawConnection, routes } from "./harness.js";

const head = "POST /hooks/p/x HTTP/1.1\r\nHost: x\r\n";

async function withGate(server: Omit<ServerOptions, "orchestrator"> = {}) {
  const slow = gate();
  const signals: AbortSignal[] = [];
  const plugin = routes(
    "p",
    post("/slow", async (request) => {
      signals.push(request.signal);
      await slow.pass();
      return new Response("done");
    }),
    post("/x", fine),
  );
  return { slow, signals, ...(await harness({ plugins: [plugin], server })) };
}

describe("listen", () => {
  it("says where; another server on that port is refused, and may try another one", async () => {
    const { orchestrator, port, url } = await harness();
    expect(url).toBe(`http://127.0.0.1:${port}`);
    await using other = createServer({ orchestrator });
    await expect(other.listen({ port })).rejects.toMatchObject({
      code: "listen_failed",
      message: expect.stringContaining("EADDRINUSE"),
    });
    const { url: elsewhere } = await other.listen({ port: 0, host: "0.0.0.0" });
    expect(elsewhere).toMatch(/^http:\/\/localhost:\d+$/);
    expect((await fetch(`${elsewhere}/healthz`)).status).toBe(200);
  });

  it("is done once, and not after close", async () => {
    const { server } = await harness();
    await expect(server.listen({ port: 0 })).rejects.toMatchObject({ code: "invalid_argument" });
    await server.close();
    await expect(server.listen({ port: 0 })).rejects.toMatchObject({ code: "not_running" });
  });

  it("checks where", async () => {
    const { server } = await harness();
    await expect(server.listen({ port: 70_000 })).rejects.toMatchObject({ code: "invalid_argument" });
  });
});

describe("clients that misbehave", () => {
  it("are cut off when they do not send the head of a request in time", async () => {
    const { port } = await harness({ server: { headersTimeoutMs: 100 } });
    expect(await rawConnection(port, head).ended).toMatch(/^HTTP\/1.1 408 /);
  });

  it("are cut off when they do not send the body in time", async () => {
    const { port } = await withGate({ headersTimeoutMs: 100, requestTimeoutMs: 200 });
    expect(await rawConnection(port, `${head}Content-Length: 9\r\n\r\nhalf`).ended).toMatch(
      /^HTTP\/1.1 408 /,
    );
  });

  it("are refused a connection beyond the bound", async () => {
    const { port } = await harness({ server: { maxConnections: 1 } });
    const first = rawConnection(port, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await first.until(/"ok"/);
    expect(await rawConnection(port, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").ended).toBe("");
    first.socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await first.until(/"ok".*"ok"/s);
  });

  it("hear what is wrong with a request that is none", async () => {
    const { port } = await harness();
    const connection = rawConnection(port, "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n");
    const answer = await connection.until(/requestId/);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toMatch(/application\/problem\+json.*"code":"invalid_argument"/s);
    expect(answer).toMatch(/nosniff/);
  });

  it("may be as old as HTTP/1.0", async () => {
    const { port } = await harness();
    expect(await rawConnection(port, "GET /healthz HTTP/1.0\r\n\r\n").ended).toMatch(/200 OK.*"ok"/s);
  });

  it("may send more than one request at once on a connection", async () => {
    const { port } = await withGate();
    const one = `${head}Content-Length: 1\r\n\r\na`;
    await rawConnection(port, one + one).until(/fine.*fine/s);
  });
});

describe("close", () => {
  it("lets what is under way finish, takes nothing new, and ends idle connections at once", async () => {
    const { slow, server, port, url } = await withGate();
    const idle = rawConnection(port, `${head}Content-Length: 0\r\n\r\n`);
    await idle.until(/fine/);
    const silent = rawConnection(port);
    await once(silent.socket, "ready");
    const busy = rawConnection(port, "POST /hooks/p/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    await slow.entered;
    const closing = server.close();
    await Promise.all([idle.ended, silent.ended]);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(busy.text()).toBe("");
    slow.open();
    const answer = await busy.ended;
    expect(answer).toMatch(/^HTTP\/1.1 200 .*connection: close.*done/is);
    await closing;
    await server.close();
  });

  it("tells what hangs to stop when the time is over, and answers for it", async () => {
    const { slow, signals, server, port, clock, lines } = await withGate({
      closeTimeoutMs: 3_000,
      hookTimeoutMs: 60_000,
    });
    const busy = rawConnection(port, "POST /hooks/p/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    await slow.entered;
    const closing = server.close();
    await clock.advance(2_999);
    expect(signals[0]?.aborted).toBe(false);
    await clock.advance(1);
    await closing;
    expect(signals[0]?.aborted).toBe(true);
    expect(await busy.ended).toMatch(/^HTTP\/1.1 503 .*"code":"unavailable"/s);
    expect(lines.map(({ level }) => level)).toContain("warn");
  });

  it("does not wait for a client that never sends all of its request", async () => {
    const { server, port, clock } = await withGate({ closeTimeoutMs: 3_000 });
    const stuck = rawConnection(port, `${head}Content-Length: 9\r\nExpect: 100-continue\r\n\r\n`);
    // The server is reading it.
    await stuck.until(/100 Continue/);
    const closing = server.close();
    await clock.advance(3_000);
    await clock.advance(500);
    await closing;
    await stuck.ended;
  });

  it("is what disposal does, and works without a listener", async () => {
    const { orchestrator, clock } = await harness();
    let kept: ReturnType<typeof createServer>;
    {
      await using server = createServer({ orchestrator });
      kept = server;
      expect((await server.fetch(new Request("http://x/readyz"))).status).toBe(200);
    }
    expect((await kept.fetch(new Request("http://x/readyz"))).status).toBe(503);
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends a connection that was promised to stay, once its answer is out", async () => {
    const { orchestrator } = await harness();
    const rest = gate();
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("begun")),
      async pull(controller) {
        await rest.pass();
        controller.enqueue(new TextEncoder().encode(" and done"));
        controller.close();
      },
    });
    const { logger } = orchestrator;
    const settings = readOptions({ orchestrator });
    const listener = await startListener(
      { fetch: async () => new Response(body), malformed: () => Response.error(), settings, logger },
      { port: 0, host: "127.0.0.1" },
    );
    const client = rawConnection(listener.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.until(/keep-alive.*begun/is);
    const stopped = listener.stop();
    rest.open();
    expect(await client.ended).toContain(" and done");
    await stopped;
  });

  it("waits for requests that came by fetch, and refuses new ones", async () => {
    const { slow, server } = await withGate();
    const pending = server.fetch(new Request("http://x/hooks/p/slow", { method: "POST" }));
    await slow.entered;
    let closed = false;
    const closing = server.close().then(() => {
      closed = true;
    });
    const late = await server.fetch(new Request("http://x/hooks/p/x", { method: "POST" }));
    expect(late.status).toBe(503);
    expect(closed).toBe(false);
    slow.open();
    expect(await (await pending).text()).toBe("done");
    await closing;
  });
});
