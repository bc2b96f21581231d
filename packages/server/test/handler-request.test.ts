import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ServerOptions } from "../src/index.js";
import { harness, post, rawConnection, routes } from "./harness.js";

interface Seen {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly sha256: string;
  readonly bytes: number;
}

/** A server whose handler tells what it saw. */
async function looking(server: Omit<ServerOptions, "orchestrator"> = {}) {
  const seen: Seen[] = [];
  const plugin = routes(
    "look",
    post("/in", async (request) => {
      const body = Buffer.from(await request.arrayBuffer());
      seen.push({
        url: request.url,
        headers: Object.fromEntries(request.headers),
        sha256: createHash("sha256").update(body).digest("hex"),
        bytes: body.length,
      });
      return new Response(null, { status: 204 });
    }),
  );
  return { seen, ...(await harness({ plugins: [plugin], server })) };
}

const forwarded = { "x-forwarded-proto": "https", "x-forwarded-host": "hooks.example.com" };

describe("the body", () => {
  it("reaches the handler byte by byte, with a length or in chunks, and compressed as it came", async () => {
    const { seen, url } = await looking();
    const bytes = randomBytes(300_000);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    await fetch(`${url}/hooks/look/in`, { method: "POST", body: bytes, headers });
    const stream = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 7_001) controller.enqueue(bytes.subarray(at, at + 7_001));
        controller.close();
      },
    });
    await fetch(`${url}/hooks/look/in`, {
      method: "POST",
      body: stream,
      headers,
      duplex: "half",
    } as RequestInit);
    expect(seen.map((one) => [one.bytes, one.sha256])).toEqual([
      [bytes.length, sha256],
      [bytes.length, sha256],
    ]);
    expect(seen[0]?.headers).toMatchObject(headers);
  });

  it("may be none", async () => {
    const { seen, url } = await looking();
    expect((await fetch(`${url}/hooks/look/in`, { method: "POST" })).status).toBe(204);
    expect(seen).toMatchObject([{ bytes: 0 }]);
  });

  it("that does not arrive whole never reaches the handler", async () => {
    const { seen, port, url } = await looking();
    const connection = rawConnection(
      port,
      "POST /hooks/look/in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
    );
    connection.socket.once("ready", () => connection.socket.end());
    await connection.ended;
    await fetch(`${url}/hooks/look/in`, { method: "POST", body: "whole" });
    expect(seen.map(({ bytes }) => bytes)).toEqual([5]);
  });
});

describe("the URL that the handler sees", () => {
  const call = async (url: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/hooks/look/in?a=1&b=%2F+c`, { method: "POST", headers });

  it("is the request's own, and forwarded headers are neither believed nor shown", async () => {
    const { seen, url } = await looking();
    await call(url, { ...forwarded, forwarded: "host=evil", "x-real-ip": "1.2.3.4", "x-other": "stays" });
    expect(seen[0]?.url).toBe(`${url}/hooks/look/in?a=1&b=%2F+c`);
    expect(Object.keys(seen[0]?.headers ?? {}).filter((name) => /forward|real/.test(name))).toEqual([]);
    expect(seen[0]?.headers["x-other"]).toBe("stays");
  });

  it("begins with publicUrl, whatever the request says", async () => {
    const { seen, url } = await looking({ publicUrl: "https://Example.com/base/", trustProxy: true });
    await call(url, { ...forwarded, "x-forwarded-host": "evil.example" });
    expect(seen[0]?.url).toBe("https://example.com/base/hooks/look/in?a=1&b=%2F+c");
  });

  it("is the proxy's where that is trusted; of several values the nearest proxy's", async () => {
    const { seen, url } = await looking({ trustProxy: true });
    await call(url, forwarded);
    await call(url, {
      "x-forwarded-proto": "http, HTTPS",
      "x-forwarded-host": "evil.example, 10.0.0.1:8443",
    });
    await call(url, { "x-forwarded-host": "[::1]:80" });
    expect(seen.map((one) => new URL(one.url).origin)).toEqual([
      "https://hooks.example.com",
      "https://10.0.0.1:8443",
      "http://[::1]",
    ]);
    expect(seen[0]?.headers).toMatchObject(forwarded);
  });

  it("is not made of what is no host", async () => {
    const { seen, url } = await looking({ trustProxy: true });
    for (const host of ["evil.example/path", "user@evil.example", "evil.example?", "a b", "x:99999", ""])
      await call(url, { "x-forwarded-host": host });
    await call(url, { "x-forwarded-proto": "javascript" });
    expect([...new Set(seen.map((one) => new URL(one.url).origin))]).toEqual([url]);
    expect(seen).toHaveLength(7);
  });
});
