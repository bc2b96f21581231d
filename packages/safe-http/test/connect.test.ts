import { Socket, type TcpSocketConnectOpts } from "node:net";
import { request, fetch as undiciFetch } from "undici";
import { describe, expect, it, vi } from "vitest";
import { safeRequest } from "../src/index.js";
import { dispatcherFor, dispatcherTo, httpServer } from "./servers.js";

const hello = () => httpServer((_, response) => response.end("hello"));

describe("a test server on loopback", () => {
  it("is refused, whatever it is called", async () => {
    const server = await hello();
    const dispatcher = dispatcherFor(
      { allowHttp: true, ports: "any" },
      { lookup: async () => ["127.0.0.1"], ownAddresses: () => [] },
    );
    for (const host of ["127.0.0.1", "127.1", "2130706433", "localhost", "hooks.example"]) {
      const answer = await safeRequest(`http://${host}:${server.port}/`, { dispatcher });
      expect(answer, host).toMatchObject({ outcome: "not_sent", error: { retryable: false } });
    }
    expect(server.sockets).toHaveLength(0);
  });

  it("is reached by exactly its origin among the trusted", async () => {
    const server = await hello();
    const other = await hello();
    const dispatcher = dispatcherTo(server);
    const answer = await safeRequest(`${server.origin}/path`, { dispatcher });
    expect(answer).toMatchObject({ outcome: "answered", status: 200, error: null });
    for (const url of [other.origin, `http://localhost:${server.port}`, `https://127.0.0.1:${server.port}`])
      expect(await safeRequest(url, { dispatcher })).toMatchObject({ error: { code: "url_refused" } });
    expect(other.sockets).toHaveLength(0);
  });

  it("is reached under allowPrivate, but no metadata service is", async () => {
    const server = await hello();
    const dispatcher = dispatcherFor(
      { allowHttp: true, allowPrivate: true, ports: "any" },
      { lookup: async (name) => (name === "intranet" ? ["127.0.0.1"] : ["169.254.169.254"]) },
    );
    for (const host of ["127.0.0.1", "intranet"])
      expect(await safeRequest(`http://${host}:${server.port}/`, { dispatcher })).toMatchObject({
        outcome: "answered",
      });
    const refused = [
      "169.254.169.254",
      "100.100.100.200",
      "[fd00:ec2::254]",
      "metadata.google.internal",
      "a",
    ];
    for (const host of [...refused, "0.0.0.0", "[::ffff:127.0.0.1]", "224.0.0.1"])
      expect(await safeRequest(`http://${host}/`, { dispatcher }), host).toMatchObject({
        outcome: "not_sent",
        error: { code: expect.stringMatching(/^(url|address)_refused$/) },
      });
  });
});

describe("a name", () => {
  it("is refused when one of its addresses is private, and the error does not tell which", async () => {
    const dispatcher = dispatcherFor({}, { lookup: async () => ["93.184.216.34", "10.1.2.3"] });
    const answer = await safeRequest("https://hooks.example/secret", { dispatcher });
    expect(answer).toMatchObject({ outcome: "not_sent", error: { code: "address_refused" } });
    if (answer.outcome === "not_sent") expect(answer.error.message).not.toMatch(/10\.1|secret/);
  });

  it("is looked up once, and connected to what was checked: a second answer does not count", async () => {
    const server = await hello();
    const answers = [["127.0.0.1"], ["169.254.169.254"]];
    const lookup = vi.fn(async () => answers.shift() ?? []);
    const origin = `http://rebind.example:${server.port}`;
    const dispatcher = dispatcherFor({ trustedOrigins: [origin] }, { lookup });
    expect(await safeRequest(origin, { dispatcher })).toMatchObject({ outcome: "answered" });
    expect(lookup).toHaveBeenCalledTimes(1);
    expect(lookup).toHaveBeenCalledWith("rebind.example");
  });

  it("is looked up and checked again for each connection", async () => {
    const server = await httpServer((_, response) => response.setHeader("connection", "close").end());
    const answers = [["127.0.0.1"], ["169.254.169.254"]];
    const origin = `http://rebind.example:${server.port}`;
    const dispatcher = dispatcherFor(
      { trustedOrigins: [origin] },
      { lookup: async () => answers.shift() ?? [] },
    );
    expect(await safeRequest(origin, { dispatcher })).toMatchObject({ outcome: "answered" });
    expect(await safeRequest(origin, { dispatcher })).toMatchObject({
      outcome: "not_sent",
      error: { code: "address_refused" },
    });
    expect(server.sockets).toHaveLength(1);
  });

  it("shares no kept connection with another name, port or scheme", async () => {
    const server = await hello();
    const origin = `http://good.example:${server.port}`;
    const dispatcher = dispatcherFor(
      { trustedOrigins: [origin] },
      { lookup: async () => ["127.0.0.1"], connectionsPerOrigin: 1 },
    );
    for (let n = 0; n < 3; n += 1)
      expect(await safeRequest(origin, { dispatcher })).toMatchObject({ outcome: "answered" });
    expect(server.sockets).toHaveLength(1);

    // The same address and port, to which a connection is open.
    for (const url of [`http://evil.example:${server.port}/`, `${server.origin}/`])
      await expect(request(url, { dispatcher })).rejects.toMatchObject({ code: "url_refused" });
    expect(server.sockets).toHaveLength(1);
  });

  it("is tried at its next address when the first does not answer", async () => {
    const server = await hello();
    const origin = `http://two.example:${server.port}`;
    const dispatcher = dispatcherFor(
      { trustedOrigins: [origin] },
      { lookup: async () => ["::1", "127.0.0.1"] },
    );
    expect(await safeRequest(origin, { dispatcher })).toMatchObject({ outcome: "answered" });
  });

  it("without an address, or with a resolver that fails, is not sent to", async () => {
    const lost = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
    const lookups = [async () => [], () => Promise.reject(lost), () => Promise.reject("no error object")];
    for (const lookup of lookups) {
      const dispatcher = dispatcherFor({}, { lookup });
      expect(await safeRequest("https://gone.example/", { dispatcher })).toMatchObject({
        outcome: "not_sent",
        error: { code: "network_failed", retryable: true },
      });
    }
  });

  it("is asked of the system by default", async () => {
    const dispatcher = dispatcherFor({});
    // RFC 6761: such a name never exists.
    expect(await safeRequest("https://nowhere.invalid/", { dispatcher })).toMatchObject({
      outcome: "not_sent",
      error: { code: "network_failed" },
    });
  });
});

describe("an address", () => {
  it("of the machine itself is refused, in any spelling", async () => {
    const own = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"];
    for (const answer of ["93.184.216.34", "2606:2800:0220:0001:0248:1893:25C8:1946"]) {
      const dispatcher = dispatcherFor({}, { lookup: async () => [answer], ownAddresses: () => own });
      expect(await safeRequest("https://me.example/", { dispatcher })).toMatchObject({
        error: { code: "address_refused" },
      });
    }
    const dispatcher = dispatcherFor({}, { ownAddresses: () => own });
    expect(await safeRequest(`https://[${own[1]}]/`, { dispatcher })).toMatchObject({
      error: { code: "address_refused" },
    });
  });

  it("is looked at again when connected: another than the checked one is refused before a byte is sent", async () => {
    const seen: string[] = [];
    const server = await httpServer((incoming, response) => {
      seen.push(incoming.url ?? "");
      response.end();
    });
    const origin = `http://led-astray.example:${server.port}`;
    const dispatcher = dispatcherFor({ trustedOrigins: [origin] }, { lookup: async () => ["10.0.0.9"] });
    // As a library that is preloaded would, it connects to something else than it was told.
    const original = Socket.prototype.connect;
    const connect = vi.spyOn(Socket.prototype, "connect").mockImplementation(function (
      this: Socket,
      ...given
    ) {
      const [[options]] = given as unknown as [[TcpSocketConnectOpts]];
      Object.assign(options, { host: "127.0.0.1", autoSelectFamily: false });
      return original.apply(this, given);
    });
    try {
      expect(await safeRequest(origin, { dispatcher })).toMatchObject({
        outcome: "not_sent",
        error: { code: "address_refused" },
      });
      expect(connect).toHaveBeenCalledTimes(1);
    } finally {
      connect.mockRestore();
    }
    expect(seen).toEqual([]);
  });
});

describe("a connection that is closed at once", () => {
  it("has failed, and is not one to another address", async () => {
    const server = await hello();
    const original = Socket.prototype.connect;
    const connect = vi.spyOn(Socket.prototype, "connect").mockImplementation(function (
      this: Socket,
      ...given
    ) {
      this.prependOnceListener("connect", () => this.destroy());
      return original.apply(this, given);
    });
    try {
      expect(await safeRequest(server.origin, { dispatcher: dispatcherTo(server) })).toMatchObject({
        outcome: "not_sent",
        error: { code: "network_failed", retryable: true },
      });
      expect(connect).toHaveBeenCalledTimes(1);
    } finally {
      connect.mockRestore();
    }
  });
});

describe("a redirect", () => {
  it("is checked at each hop by fetch", async () => {
    const inner = await hello();
    const outer = await httpServer((_, response) =>
      response.writeHead(302, { location: `${inner.origin}/secrets` }).end(),
    );
    const dispatcher = dispatcherTo(outer);
    await expect(undiciFetch(outer.origin, { dispatcher })).rejects.toMatchObject({
      cause: { code: "url_refused" },
    });
    expect(inner.sockets).toHaveLength(0);
  });
});

describe("Node's own fetch", () => {
  it("takes the dispatcher", async () => {
    const server = await hello();
    const dispatcher = dispatcherTo(server);
    const get = (url: string) => fetch(url, { dispatcher } as unknown as RequestInit);
    expect(await (await get(server.origin)).text()).toBe("hello");
    await expect(get("https://127.0.0.1/")).rejects.toMatchObject({ cause: { code: "url_refused" } });
  });
});

describe("a proxy", () => {
  it("of the environment is not used", async () => {
    const server = await hello();
    const proxy = await hello();
    for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
      vi.stubEnv(name, proxy.origin);
    vi.stubEnv("NODE_USE_ENV_PROXY", "1");
    try {
      const dispatcher = dispatcherTo(server);
      expect(await safeRequest(server.origin, { dispatcher })).toMatchObject({ outcome: "answered" });
      expect(proxy.sockets).toHaveLength(0);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});
