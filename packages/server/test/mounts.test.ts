import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { gate, harness, problemOf } from "./harness.js";

describe("what is mounted", () => {
  it("gets each request as it came, and streams its answer", async () => {
    const { entered, pass, open } = gate();
    const seen: Request[] = [];
    const { url } = await harness({
      server: {
        mounts: {
          "/mcp": (request) => {
            seen.push(request);
            return new Response(
              new ReadableStream({
                async start(controller) {
                  controller.enqueue(new TextEncoder().encode("first"));
                  await pass();
                  controller.enqueue(new TextEncoder().encode(" last"));
                  controller.close();
                },
              }),
            );
          },
        },
      },
    });
    const answer = await fetch(`${url}/mcp?a=1`, { method: "PUT", body: "x" });
    const reader = answer.body?.getReader();
    await entered;
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("first");
    open();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(" last");
    expect(seen[0]?.method).toBe("PUT");
    expect(new URL(seen[0]?.url ?? "").search).toBe("?a=1");
    expect(answer.headers.get("x-request-id")).toMatch(/^[\w-]+$/);
    expect((await fetch(`${url}/mcp/below`)).status).toBe(404);
  });

  it("hears of a client that has gone", async () => {
    const gone = gate();
    const { url } = await harness({
      server: {
        mounts: {
          "/slow": async ({ signal }) => {
            void gone.pass();
            await once(signal, "abort");
            gone.open();
            return new Response();
          },
        },
      },
    });
    const controller = new AbortController();
    const call = fetch(`${url}/slow`, { signal: controller.signal }).catch(() => undefined);
    await gone.entered;
    controller.abort();
    await call;
    await gone.pass();
  });

  it("may throw, and tells nothing", async () => {
    const { url } = await harness({
      server: {
        mounts: {
          "/broken": () => {
            throw new Error("secret");
          },
        },
      },
    });
    const answer = await fetch(`${url}/broken`);
    expect(answer.status).toBe(500);
    expect(JSON.stringify(await problemOf(answer))).not.toContain("secret");
  });

  it.each(["mcp", "/hooks/x", "/healthz", "/a/:b", "/*", "/"])("is not served at %s", async (path) => {
    await expect(harness({ server: { mounts: { [path]: () => new Response() } } })).rejects.toMatchObject({
      code: "invalid_configuration",
    });
  });
});
