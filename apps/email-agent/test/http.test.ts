import { describe, expect, it } from "vitest";
import { bodyOf, key, startAgent } from "./support/agent.js";

describe("authentication", () => {
  const paths = [
    ["POST", "/api/orchestrator/send"],
    ["GET", "/api/emails/inbox"],
    ["POST", "/api/emails/search"],
    ["GET", "/api/anything"],
  ] as const;

  it.each(paths)("%s %s wants the key", async (method, path) => {
    const { url } = await startAgent({ sandbox: true });
    for (const authorization of [
      undefined,
      "",
      key,
      `Basic ${key}`,
      "Bearer ",
      `Bearer ${key}x`,
      `Bearer ${key.slice(1)}`,
    ]) {
      const response = await fetch(url + path, {
        method,
        headers: authorization === undefined ? {} : { authorization },
        ...(method === "POST" ? { body: "{}" } : {}),
      });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await response.json()).toMatchObject({ success: false, code: "unauthorized" });
    }
  });

  it("health needs none", async () => {
    const { url } = await startAgent({ sandbox: true });
    const response = await fetch(`${url}/api/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok", inbox: "connected" });
  });
});

describe("a send", () => {
  it.each([
    ["not json", "JSON"],
    ["[]", "body"],
    [{}, "to"],
    [{ to: "ada@example.org", subject: "x" }, "body"],
    [{ to: ["ada@example.org"], subject: "x", body: "y" }, "to"],
    [{ to: "ada@example.org", subject: "x", body: "y", metadata: "z" }, "metadata"],
    [{ to: "ada@example.org", subject: "x".repeat(2_001), body: "y" }, "subject"],
  ])("of %j is refused with the place", async (body, place) => {
    const agent = await startAgent({ sandbox: true });
    const response = await agent.post("/api/orchestrator/send", body);
    expect(response.status).toBe(400);
    expect((await bodyOf(response)).error).toContain(place);
  });

  it("larger than allowed is refused, however it is sent", async () => {
    const agent = await startAgent({ sandbox: true, maxBodyBytes: 2_000 });
    const body = JSON.stringify({ to: "ada@example.org", subject: "x", body: "y".repeat(2_000) });
    expect((await agent.post("/api/orchestrator/send", body)).status).toBe(413);
    const parts = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(body.slice(0, 1_000)));
        controller.enqueue(new TextEncoder().encode(body.slice(1_000)));
        controller.close();
      },
    });
    const response = await fetch(`${agent.url}/api/orchestrator/send`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: parts,
      duplex: "half",
    } as RequestInit);
    expect(response.status).toBe(413);
  });
});

describe("the inbox", () => {
  it.each(["0", "-1", "1.5", "ten", "", "99999999"])("with the limit %j is refused", async (limit) => {
    const agent = await startAgent({ sandbox: true });
    expect((await agent.get(`/api/emails/inbox?limit=${limit}`)).status).toBe(400);
  });

  it("gives at most a hundred, whatever is asked", async () => {
    const agent = await startAgent({ sandbox: true });
    const send = (number: number) =>
      agent.post("/api/orchestrator/send", { to: "agent@example.com", subject: `${number}`, body: "x" });
    for (let from = 0; from < 110; from += 10)
      await Promise.all(Array.from({ length: 10 }, (_, index) => send(from + index)));
    expect(await (await agent.get("/api/emails/inbox?limit=1000")).json()).toHaveLength(100);
    expect(await (await agent.get("/api/emails/inbox")).json()).toHaveLength(20);
    expect(await (await agent.get("/api/emails/inbox?limit=3")).json()).toHaveLength(3);
  }, 40_000);

  it("and the search are not there without a mailbox", async () => {
    const agent = await startAgent({ smtpHost: "127.0.0.1", smtpSecurity: "none" });
    expect((await agent.get("/api/emails/inbox")).status).toBe(501);
    expect((await agent.post("/api/emails/search", { query: "x" })).status).toBe(501);
    expect(await (await agent.get("/api/health")).json()).toEqual({ status: "ok", inbox: "off" });
  });

  it.each([{}, { query: "" }, { query: "a\r\nA1 LOGOUT" }, { query: "x".repeat(201) }, { query: 5 }])(
    "is not searched for %j",
    async (body) => {
      const agent = await startAgent({ sandbox: true });
      expect((await agent.post("/api/emails/search", body)).status).toBe(400);
    },
  );
});

it("says which port is taken, and can be started again", async () => {
  const first = await startAgent({ sandbox: true });
  const port = Number(new URL(first.url).port);
  await expect(startAgent({ sandbox: true, port })).rejects.toThrow(/EADDRINUSE/);
  await first.agent.stop();
  const second = await startAgent({ sandbox: true, port });
  expect((await second.get("/api/health")).status).toBe(200);
});
