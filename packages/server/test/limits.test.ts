import { once } from "node:events";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { fine, gate, harness, post, problemOf, rawConnection, routes } from "./harness.js";

describe("a body that is too large", () => {
  const limited = async () => {
    const bodies: number[] = [];
    const plugin = routes(
      "p",
      post("/x", async (request) => {
        bodies.push((await request.arrayBuffer()).byteLength);
        return fine();
      }),
    );
    return { bodies, ...(await harness({ plugins: [plugin], server: { maxHookBodyBytes: 1_000 } })) };
  };

  it("is refused by its length, before it is sent", async () => {
    const { bodies, port } = await limited();
    const connection = rawConnection(
      port,
      "POST /hooks/p/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n",
    );
    const answer = await connection.until(/requestId/);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain('"code":"data_too_large"');
    expect(bodies).toEqual([]);
  });

  it("is refused in chunks as soon as there are too many, though more would come", async () => {
    const { bodies, port } = await limited();
    const chunk = `1f4\r\n${"x".repeat(500)}\r\n`;
    const connection = rawConnection(
      port,
      `POST /hooks/p/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}${chunk}`,
    );
    expect(await connection.until(/requestId/)).toMatch(/^HTTP\/1.1 413 /);
    expect(bodies).toEqual([]);
  });

  it("is one byte more than the limit, which itself passes", async () => {
    const { bodies, url } = await limited();
    const send = async (length: number) =>
      (await fetch(`${url}/hooks/p/x`, { method: "POST", body: "x".repeat(length) })).status;
    expect(await send(1_000)).toBe(200);
    expect(await send(1_001)).toBe(413);
    expect(bodies).toEqual([1_000]);
  });

  it("is one of more than 1 MiB by default", async () => {
    const { url } = await harness({ plugins: [routes("p", post("/x", fine))] });
    const send = async (length: number) =>
      (await fetch(`${url}/hooks/p/x`, { method: "POST", body: "x".repeat(length) })).status;
    expect(await send(1024 ** 2)).toBe(200);
    expect(await send(1024 ** 2 + 1)).toBe(413);
  });
});

describe("a plugin that floods", () => {
  it("finds no place beyond its bound, gets them back, and leaves the others theirs", async () => {
    const gates = [gate(), gate()];
    let calls = 0;
    const slow = post("/slow", async () => {
      await gates[calls++]?.pass();
      return fine();
    });
    const { url, lines } = await harness({
      plugins: [routes("busy", slow, post("/fast", fine)), routes("calm", post("/x", fine))],
      server: { maxConcurrentHooks: 2 },
    });
    const call = (path: string) => fetch(`${url}/hooks/${path}`, { method: "POST" });
    const underWay = [call("busy/slow"), call("busy/slow")];
    await Promise.all(gates.map(({ entered }) => entered));
    const refused = await call("busy/fast");
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await problemOf(refused)).toMatchObject({ code: "unavailable", retryable: true });
    expect(lines).toMatchObject([{ level: "warn", fields: { plugin: "busy", route: "POST /fast" } }]);
    expect((await call("calm/x")).status).toBe(200);
    for (const one of gates) one.open();
    expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await call("busy/fast")).status).toBe(200);
  });

  it("is not kept from its places by clients that send slowly", async () => {
    const { url, port } = await harness({
      plugins: [routes("p", post("/x", fine))],
      server: { maxConcurrentHooks: 1 },
    });
    const slow = rawConnection(port, "POST /hooks/p/x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
    await once(slow.socket, "ready");
    expect((await fetch(`${url}/hooks/p/x`, { method: "POST" })).status).toBe(200);
    slow.socket.write("cd");
    expect(await slow.until(/fine/)).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe("a handler that hangs", () => {
  it("is answered for after the limit, its signal aborted, and keeps its place until it ends", async () => {
    const hang = gate();
    let signal: AbortSignal | undefined;
    const { url, clock, lines } = await harness({
      plugins: [
        routes(
          "p",
          post("/hang", async (request) => {
            signal = request.signal;
            await hang.pass();
            return fine();
          }),
        ),
        routes("other", post("/x", fine)),
      ],
      server: { hookTimeoutMs: 5_000, maxConcurrentHooks: 1 },
    });
    const call = (path: string) => fetch(`${url}/hooks/${path}`, { method: "POST" });
    const pending = call("p/hang");
    await hang.entered;
    await clock.advance(4_999);
    expect(signal?.aborted).toBe(false);
    await clock.advance(1);
    const response = await pending;
    expect(response.status).toBe(503);
    expect(await problemOf(response)).toMatchObject({ code: "timeout", retryable: true });
    expect(signal?.aborted).toBe(true);
    expect(lines).toMatchObject([
      { level: "error", fields: { plugin: "p", route: "POST /hang", code: "timeout" } },
    ]);
    expect((await call("p/hang")).status).toBe(503);
    expect((await call("other/x")).status).toBe(200);
    hang.open();
    expect((await call("p/hang")).status).toBe(200);
  });

  it("hangs as well when its answer does not end", async () => {
    const begun = gate();
    const { url, clock } = await harness({
      plugins: [
        routes(
          "p",
          post("/x", async () => {
            const body = new ReadableStream({
              start: (controller) => controller.enqueue(new TextEncoder().encode("begun")),
              pull: () => begun.pass(),
            });
            return new Response(body);
          }),
        ),
      ],
    });
    const pending = fetch(`${url}/hooks/p/x`, { method: "POST" });
    await begun.entered;
    await clock.advance(15_000);
    expect((await pending).status).toBe(503);
  });
});

describe("a handler that fails", () => {
  const secret = "s3cr3t-4711";
  const bad: Record<string, () => unknown> = {
    throws: () => {
      throw new Error(`cannot use ${secret}\n    at ${secret}`);
    },
    rejects: async () => Promise.reject(new TypeError(secret)),
    throwsText: async () => Promise.reject(secret),
    answersNothing: async () => undefined,
    answersData: async () => ({ ok: true }),
    answersError: async () => Response.error(),
    brokenStream: async () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.error(new Error(secret)),
        }),
      ),
    floods: async () => new Response(new Uint8Array(1024 ** 2 + 1)),
  };

  it("is a 500 that tells nothing, whatever the failure is, and harms no other", async () => {
    const { url, lines } = await harness({
      plugins: [
        routes("bad", ...Object.entries(bad).map(([name, handle]) => post(`/${name}`, handle as never))),
        routes("good", post("/x", fine)),
      ],
    });
    for (const name of Object.keys(bad)) {
      const response = await fetch(`${url}/hooks/bad/${name}`, { method: "POST" });
      const problem = await problemOf(response);
      expect({ name, problem }).toMatchObject({ name, problem: { status: 500, code: "internal" } });
      expect(JSON.stringify(problem)).not.toContain(secret);
      expect((await fetch(`${url}/hooks/good/x`, { method: "POST" })).status).toBe(200);
      expect(lines.at(-1)).toMatchObject({
        level: "error",
        fields: { requestId: problem.requestId, plugin: "bad", route: `POST /${name}` },
      });
    }
    expect(lines).toHaveLength(Object.keys(bad).length);
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  it("is logged by kind and place, without anything of the request", async () => {
    const parse = async (request: Request) => Response.json(await request.json());
    const quote = async (request: Request) => {
      throw new Error(`${request.url} ${request.headers.get("authorization")} ${await request.text()}`);
    };
    const { url, lines } = await harness({
      plugins: [routes("p", post("/parse", parse), post("/quote", quote))],
    });
    for (const path of ["parse", "quote"]) {
      await fetch(`${url}/hooks/p/${path}?key=${secret}`, {
        method: "POST",
        body: `${secret} is no JSON`,
        headers: { authorization: `Bearer ${secret}`, cookie: secret },
      });
    }
    expect(lines.map(({ fields }) => fields.error)).toEqual(["SyntaxError", "Error"]);
    expect(lines[1]?.fields.at).toContain("limits.test.ts");
    expect(JSON.stringify(lines)).not.toContain(secret);
  });

  it("is worth another try when what it needed says so", async () => {
    const failing = (code: "storage_busy" | "not_running" | "session_not_found" | "timeout") =>
      post(`/${code}`, async () => {
        throw new OrchestratorError(code, `what is not told: Bearer ${secret}`);
      });
    const { url, lines } = await harness({
      plugins: [
        routes(
          "p",
          failing("storage_busy"),
          failing("not_running"),
          failing("session_not_found"),
          failing("timeout"),
        ),
      ],
    });
    const ends: unknown[] = [];
    for (const path of ["storage_busy", "not_running", "session_not_found", "timeout"]) {
      const { status, code, detail } = await problemOf(
        await fetch(`${url}/hooks/p/${path}`, { method: "POST" }),
      );
      ends.push([status, code]);
      expect(detail).not.toContain("told");
    }
    expect(ends).toEqual([
      [503, "unavailable"],
      [503, "unavailable"],
      [500, "internal"],
      [503, "timeout"],
    ]);
    expect(lines.map(({ fields }) => fields.code)).toEqual([
      "storage_busy",
      "not_running",
      "session_not_found",
      "timeout",
    ]);
    expect(JSON.stringify(lines)).not.toContain(secret);
  });
});
