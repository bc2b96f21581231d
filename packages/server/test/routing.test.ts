import type { Plugin } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { fine, harness, post, problemOf, routes } from "./harness.js";

const echo = post("/status", async (request) => new Response(`got ${await request.text()}`));

describe("a route of a plugin", () => {
  it("is served under /hooks/PLUGIN/PATH, whatever its name", async () => {
    const { url } = await harness({
      plugins: [routes("sms", echo), routes("channel:team a/b", echo), routes("bare", post("", fine))],
    });
    const paths = ["/hooks/sms/status", "/hooks/channel:team%20a%2Fb/status", "/hooks/bare"];
    for (const path of paths) {
      const response = await fetch(url + path, { method: "POST", body: "it" });
      expect({ path, status: response.status }).toEqual({ path, status: 200 });
    }
    // An encoded slash is part of a name, and opens no other route.
    const folded = await fetch(`${url}/hooks/sms%2Fstatus`, { method: "POST" });
    expect(folded.status).toBe(404);
  });

  it("answers as its handler says, with the headers of a careful server", async () => {
    const answer = () =>
      new Response("<Response/>", {
        status: 201,
        headers: { "content-type": "text/xml", "x-powered-by": "Plugin", "x-own": "1", connection: "close" },
      });
    const { url } = await harness({
      plugins: [
        routes(
          "sms",
          post("/in", async () => answer()),
        ),
      ],
    });
    const response = await fetch(`${url}/hooks/sms/in`, { method: "POST" });
    expect(response.status).toBe(201);
    expect(await response.text()).toBe("<Response/>");
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      "content-type": "text/xml",
      "x-own": "1",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "referrer-policy": "no-referrer",
      "x-request-id": expect.stringMatching(/^[\da-f-]{36}$/),
      connection: "keep-alive",
    });
    expect(headers).not.toHaveProperty("x-powered-by");
  });

  it("is there as soon as its plugin is added, and gone when the orchestrator stops", async () => {
    const { url, orchestrator } = await harness();
    const call = async () => (await fetch(`${url}/hooks/late/status`, { method: "POST" })).status;
    expect(await call()).toBe(404);
    await orchestrator.use(routes("late", echo));
    expect(await call()).toBe(200);
    await orchestrator.stop();
    // Not 404, which vendors take for final.
    expect(await call()).toBe(503);
  });

  it("is not known before the start, which a vendor must not take for final", async () => {
    const { url, orchestrator } = await harness({ plugins: [routes("sms", echo)], start: false });
    const response = await fetch(`${url}/hooks/sms/status`, { method: "POST" });
    expect({ status: response.status, ...(await problemOf(response)) }).toMatchObject({
      status: 503,
      code: "unavailable",
    });
    await orchestrator.start();
    expect((await fetch(`${url}/hooks/sms/status`, { method: "POST" })).status).toBe(200);
  });

  it("serves several methods at one path, and HEAD where there is GET", async () => {
    const seen: string[] = [];
    const handle = async (request: Request) => {
      seen.push(request.method);
      return new Response("body");
    };
    const { url } = await harness({
      plugins: [
        routes(
          "p",
          ...(["GET", "POST", "PUT", "DELETE"] as const).map((method) => ({ method, path: "/x", handle })),
        ),
      ],
    });
    for (const method of ["GET", "POST", "PUT", "DELETE", "HEAD"]) {
      const response = await fetch(`${url}/hooks/p/x`, { method });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe(method === "HEAD" ? "" : "body");
    }
    expect(seen).toEqual(["GET", "POST", "PUT", "DELETE", "GET"]);
  });
});

describe("what is not there", () => {
  it("is told in problem details with a code and a request id", async () => {
    const { url, lines } = await harness({ plugins: [routes("sms", echo)] });
    const paths = ["/", "/hooks", "/hooks/", "/hooks/sms", "/hooks/sms/", "/hooks/sms/status/", "/hooks/x/y"];
    for (const path of [...paths, "/hooks/sms/%zz", "/hooks/sms/../sms/other", "//hooks/sms/status"]) {
      const response = await fetch(url + path, { method: "POST" });
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      const problem = await problemOf(response);
      expect({ path, problem }).toEqual({
        path,
        problem: {
          type: "about:blank",
          title: "Not Found",
          status: 404,
          code: "not_found",
          detail: expect.any(String),
          retryable: false,
          requestId: response.headers.get("x-request-id"),
        },
      });
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    }
    expect(lines).toEqual([]);
  });

  it("is a method, where the route has others", async () => {
    const { url } = await harness({
      plugins: [routes("p", { method: "GET", path: "/x", handle: fine }, post("/x", fine))],
    });
    for (const method of ["PUT", "PATCH", "OPTIONS"]) {
      const response = await fetch(`${url}/hooks/p/x`, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD, POST");
      expect(await problemOf(response)).toMatchObject({ code: "method_not_allowed", status: 405 });
    }
  });
});

it("a plugin that goes while its request is served still answers it", async () => {
  let leave = async (): Promise<void> => undefined;
  const leaving: Plugin = routes(
    "leaving",
    post("/x", async () => {
      await leave();
      return new Response("bye");
    }),
  );
  const { url, orchestrator } = await harness({ plugins: [leaving] });
  leave = () => orchestrator.stop();
  const response = await fetch(`${url}/hooks/leaving/x`, { method: "POST" });
  expect(await response.text()).toBe("bye");
});
