import { generate } from "selfsigned";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { safeRequest } from "../src/index.js";
import { dispatcherFor, httpsServer, type TestServer } from "./servers.js";

let key = "";
let cert = "";
beforeAll(async () => {
  const names = [
    { type: 2, value: "hooks.example" },
    { type: 7, ip: "127.0.0.1" },
  ] as const;
  const made = await generate([{ name: "commonName", value: "hooks.example" }], {
    keyType: "ec",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [...names] },
    ],
  });
  key = made.private;
  cert = made.cert;
});

/** Says which name the client asked for. */
function namedServer(): Promise<TestServer> {
  return httpsServer({ key, cert }, (request, response) => {
    const { servername } = request.socket as unknown as { servername: string | false };
    response.end(`${servername} ${request.headers.host}`);
  });
}

function dispatcherWith(origin: string, ca: string | undefined) {
  return dispatcherFor(
    { trustedOrigins: [origin] },
    { lookup: async () => ["127.0.0.1"], ...(ca === undefined ? {} : { ca }) },
  );
}

describe("a certificate", () => {
  it("is asked for and checked by the URL's name, though the address is pinned", async () => {
    const server = await namedServer();
    const origin = `https://hooks.example:${server.port}`;
    for (const url of [origin, `https://HOOKS.example.:${server.port}/`]) {
      const answer = await safeRequest(url, { dispatcher: dispatcherWith(origin, cert) });
      if (answer.outcome !== "answered") throw answer.error;
      expect(answer.body.toString()).toBe(`hooks.example hooks.example:${server.port}`);
    }
  });

  it("of another name is refused before anything is sent", async () => {
    const server = await namedServer();
    const origin = `https://other.example:${server.port}`;
    expect(await safeRequest(origin, { dispatcher: dispatcherWith(origin, cert) })).toMatchObject({
      outcome: "not_sent",
      error: { code: "network_failed", cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" } },
    });
  });

  it("is not asked for by the Host header, whoever sends the request", async () => {
    const server = await namedServer();
    const origin = `https://other.example:${server.port}`;
    const request = { origin, path: "/", method: "GET" as const, headers: { host: "hooks.example" } };
    await expect(dispatcherWith(origin, cert).request(request)).rejects.toMatchObject({
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
  });

  it("of an unknown authority is refused, even where the environment says to accept all", async () => {
    const server = await namedServer();
    const origin = `https://hooks.example:${server.port}`;
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    try {
      expect(await safeRequest(origin, { dispatcher: dispatcherWith(origin, undefined) })).toMatchObject({
        outcome: "not_sent",
        error: { code: "network_failed", cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" } },
      });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("of an address is checked by the address", async () => {
    const server = await namedServer();
    const answer = await safeRequest(server.origin, { dispatcher: dispatcherWith(server.origin, cert) });
    if (answer.outcome !== "answered") throw answer.error;
    expect(answer.body.toString()).toBe(`false 127.0.0.1:${server.port}`);
  });
});
