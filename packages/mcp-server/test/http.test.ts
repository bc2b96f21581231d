import { hashToken } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { createMcpServer, type HttpOptions } from "../src/index.js";
import { call, connect, harness, orchestratorWithAnn, tokens } from "./harness.js";
import type { Started } from "./shapes.js";

const message = { jsonrpc: "2.0", id: 1, method: "tools/list" };

function post(url: URL, headers: Record<string, string> = {}, body: string = JSON.stringify(message)) {
  return fetch(url, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      authorization: `Bearer ${tokens.ada}`,
      ...headers,
    },
  });
}

describe("the endpoint", () => {
  it("is for those with a token, and says so to the others", async () => {
    const { url } = await harness({
      http: { resourceMetadataUrl: "https://example.com/.well-known/oauth-protected-resource" },
    });
    expect((await post(url)).status).toBe(200);
    for (const authorization of ["", "Bearer wrong", "Bearer ", `Basic ${tokens.ada}`]) {
      const refused = await post(url, { authorization });
      expect(refused.status).toBe(401);
      const challenge = refused.headers.get("www-authenticate") ?? "";
      expect(challenge).toMatch(/^Bearer /);
      expect(challenge).toContain("https://example.com/.well-known/oauth-protected-resource");
      expect(await refused.text()).not.toContain("wrong");
    }
  });

  it("refuses pages of websites, and host names that are not its own", async () => {
    const { url } = await harness({ http: { allowedOrigins: ["app.example.com"] } });
    for (const origin of [
      "https://evil.example",
      "null",
      "http://localhost:3000",
      "https://app.example.com.evil.example",
    ])
      expect([origin, (await post(url, { origin })).status]).toEqual([origin, 403]);
    expect((await post(url, { origin: "https://app.example.com" })).status).toBe(200);

    const endpoint = await inProcess({ auth: "none" });
    const asked = (host: string) =>
      endpoint.fetch(
        new Request("http://127.0.0.1/mcp", {
          method: "POST",
          body: JSON.stringify(message),
          headers: { host },
        }),
      );
    expect((await asked("rebound.example")).status).toBe(403);
    expect((await asked("127.0.0.1:8000")).status).not.toBe(403);
  });

  it("takes no body beyond its bound, and no other kind of body", async () => {
    const { url } = await harness({ http: { maxBodyBytes: 1_000 } });
    expect((await post(url, {}, JSON.stringify({ ...message, pad: "x".repeat(2_000) }))).status).toBe(413);
    expect((await post(url, { "content-type": "text/plain" })).status).toBe(415);
    expect((await post(url, {}, "{")).status).toBe(400);
    for (const method of ["GET", "DELETE", "PUT"])
      expect((await fetch(url, { method, headers: { authorization: `Bearer ${tokens.ada}` } })).status).toBe(
        405,
      );
  });

  it("refuses revisions before 2026 where that is wanted", async () => {
    const { url } = await harness({ http: { legacy: "reject" } });
    await expect(connect(url, { era: "legacy" })).rejects.toThrow(/Unsupported protocol version|2026-07-28/);
    expect((await connect(url)).getProtocolEra()).toBe("modern");
  });

  it("asks an identity provider who it is", async () => {
    const asked: string[] = [];
    const { url } = await harness({
      http: {
        requiredScopes: ["sessions"],
        auth: {
          verify(token) {
            asked.push(token);
            if (token === tokens.ada) return { client: "Ada's desk", scopes: ["sessions"] };
            return token === tokens.bob ? { client: "bob", scopes: [] } : null;
          },
        },
      },
    });
    const past = await harness({
      http: { auth: { verify: () => ({ client: "ada", expiresAt: Date.now() - 1 }) } },
    });
    expect((await post(past.url)).status).toBe(401);
    // A name that is none is a fault of the verifier, and lets nobody in.
    expect((await post(url)).status).toBe(500);
    expect((await post(url, { authorization: `Bearer ${tokens.bob}` })).status).toBe(403);
    expect((await post(url, { authorization: "Bearer x" })).status).toBe(401);
    expect(asked).toEqual([tokens.ada, tokens.bob, "x"]);
  });

  it("serves as many requests at once as it may, waiting ones included", async () => {
    const { url, endpoint } = await harness({ http: { maxRequests: 1 } });
    const client = await connect(url);
    await call<Started>(client, "start_session", { externalId: "a" });
    const { escalation } = await call<{ escalation: { id: string } }>(client, "escalate", {
      session: "a",
      reason: "stuck",
    });
    let heard: () => void = () => undefined;
    const told = new Promise<void>((resolve) => {
      heard = resolve;
    });
    const controller = new AbortController();
    const waiting = client
      .callTool(
        { name: "await_human", arguments: { escalation: escalation.id, waitSeconds: 50 } },
        { signal: controller.signal, onprogress: heard },
      )
      .catch((error: unknown) => error);
    await told;
    const refused = await post(url);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    controller.abort();
    expect(await waiting).toBeInstanceOf(Error);
    // The place comes back when the connection's end is noticed.
    await expect.poll(async () => (await post(url)).status).toBe(200);
    await endpoint.close();
    expect((await post(url)).status).toBe(503);
  });

  it("says what is wrong with its configuration", async () => {
    const mcp = createMcpServer({ orchestrator: await orchestratorWithAnn() });
    const wrong: readonly unknown[] = [
      {},
      { auth: "token" },
      { auth: { tokens: {} } },
      { auth: { tokens: { ada: tokens.ada } } },
      { auth: { tokens: { "with space": hashToken("x") } } },
      { auth: "none", allowedHosts: [] },
      { auth: "none", allowedHosts: ["https://x"] },
      { auth: "none", maxBodyBytes: 0 },
      { auth: "none", other: 1 },
    ];
    for (const options of wrong)
      expect(() => mcp.http(options as HttpOptions)).toThrow(
        expect.objectContaining({ code: "invalid_configuration" }),
      );
    expect(() => mcp.http({ auth: { tokens: { ada: "not-a-hash" } } })).not.toThrow(/not-a-hash/);
  });
});

async function inProcess(options: HttpOptions) {
  return createMcpServer({ orchestrator: await orchestratorWithAnn() }).http(options);
}
