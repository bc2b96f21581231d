import { describe, expect, it } from "vitest";
import { checkUrl, createSafeDispatcher, createUrlPolicy, type UrlPolicyOptions } from "../src/index.js";

function reason(url: string, options: UrlPolicyOptions): string {
  const check = checkUrl(url, createUrlPolicy(options));
  return check.allowed ? "allowed" : check.reason;
}

describe("the URL that is passed on", () => {
  it.each([
    ["https://EXAMPLE.com./a?b=c#d", "https://example.com/a?b=c"],
    ["https://bücher.example/hook", "https://xn--bcher-kva.example/hook"],
    ["https://1572395042/hook", "https://93.184.216.34/hook"],
    ["https://example.com:443", "https://example.com/"],
  ])("%s is %s", (text, href) => {
    const check = checkUrl(text);
    expect(check.allowed && check.url.href).toBe(href);
  });

  it("is a new one", () => {
    const given = new URL("https://example.com./#x");
    const check = checkUrl(given);
    expect(check.allowed && check.url.href).toBe("https://example.com/");
    expect(given.href).toBe("https://example.com./#x");
  });

  it("is none where the input is nothing like a URL", () => {
    for (const input of [undefined, null, 5, {}, "https://example.com/".padEnd(9_000, "a")])
      expect(checkUrl(input as never)).toMatchObject({ allowed: false, reason: "malformed" });
  });
});

describe("a refusal", () => {
  it.each([
    ["not a url", "malformed"],
    ["ftp://example.com/", "scheme"],
    ["http://example.com/", "scheme"],
    ["https://a:b@example.com/", "credentials"],
    ["https://example.com:8443/", "port"],
    ["https://printer.local/", "local_name"],
    ["https://metadata.goog/", "metadata"],
    ["https://10.0.0.1/", "address"],
  ])("of %s says %s, and neither path nor credentials", (url, expected) => {
    const check = checkUrl(`${url}secret?secret`);
    expect(check).toMatchObject({ allowed: false, reason: expected });
    expect(JSON.stringify(check)).not.toMatch(/secret|a:b/);
  });
});

describe("domains", () => {
  const only = (...domains: string[]) => ({ domains });

  it.each([
    ["https://example.com/", only("example.com"), "allowed"],
    ["https://EXAMPLE.com./", only("Example.COM."), "allowed"],
    ["https://a.example.com/", only("example.com"), "domain"],
    ["https://a.example.com/", only("*.example.com"), "allowed"],
    ["https://a.b.example.com/", only("*.example.com"), "allowed"],
    ["https://example.com/", only("*.example.com"), "domain"],
    ["https://evilexample.com/", only("*.example.com"), "domain"],
    ["https://evil-example.com/", only("example.com"), "domain"],
    ["https://example.com.evil.example/", only("example.com", "*.example.com"), "domain"],
    ["https://xn--bcher-kva.example/", only("bücher.example"), "allowed"],
    ["https://www.BÜCHER.example/", only("*.xn--bcher-kva.example"), "allowed"],
    ["https://example.com/", only(), "domain"],
    ["https://93.184.216.34/", only("example.com"), "domain"],
    ["https://93.184.216.34/", only("93.184.216.34"), "allowed"],
    ["https://10.0.0.1/", only("10.0.0.1"), "address"],
    ["https://printer.local/", only("*.local"), "local_name"],
  ])("%s with %j: %s", (url, options, expected) => expect(reason(url, options)).toBe(expected));
});

describe("ports and schemes", () => {
  it.each<[string, UrlPolicyOptions, string]>([
    ["https://example.com/", { ports: [8443] }, "port"],
    ["https://example.com:8443/", { ports: [8443] }, "allowed"],
    ["https://example.com:22/", { ports: "any" }, "allowed"],
    ["https://example.com:0/", { ports: [443] }, "port"],
    ["http://example.com/", { allowHttp: true }, "allowed"],
    ["http://example.com:443/", { allowHttp: true }, "allowed"],
    ["http://example.com:8080/", { allowHttp: true }, "port"],
    ["http://example.com/", { allowHttp: true, ports: [443] }, "port"],
    ["ws://example.com/", { allowHttp: true, ports: "any" }, "scheme"],
  ])("%s with %j: %s", (url, options, expected) => expect(reason(url, options)).toBe(expected));
});

describe("trusted origins, private networks and denied ranges", () => {
  it.each<[string, UrlPolicyOptions, string]>([
    ["http://127.0.0.1:8080/a", { trustedOrigins: ["http://127.0.0.1:8080"] }, "allowed"],
    ["http://127.1:8080/a", { trustedOrigins: ["http://127.0.0.1:8080/"] }, "allowed"],
    ["http://127.0.0.1:8081/", { trustedOrigins: ["http://127.0.0.1:8080"] }, "scheme"],
    ["https://127.0.0.1:8080/", { trustedOrigins: ["http://127.0.0.1:8080"] }, "port"],
    ["http://u@127.0.0.1:8080/", { trustedOrigins: ["http://127.0.0.1:8080"] }, "credentials"],
    ["https://hub.corp/", { trustedOrigins: ["https://hub.corp"] }, "allowed"],
    ["https://hub.corp/", { trustedOrigins: ["https://hub.corp"], domains: ["example.com"] }, "allowed"],
    ["https://a.hub.corp/", { trustedOrigins: ["https://hub.corp"] }, "local_name"],
    ["https://metadata.goog/", { trustedOrigins: ["https://metadata.goog"] }, "metadata"],
    ["http://169.254.169.254/", { trustedOrigins: ["http://169.254.169.254"] }, "address"],
    ["http://168.63.129.16/", { trustedOrigins: ["http://168.63.129.16"] }, "address"],
    ["https://10.0.0.1/", { trustedOrigins: ["https://10.0.0.1"] }, "allowed"],
    ["https://10.0.0.1/", { allowPrivate: true }, "allowed"],
    ["https://intranet/", { allowPrivate: true }, "allowed"],
    ["https://[fd12::1]/", { allowPrivate: true }, "allowed"],
    ["https://[::ffff:10.0.0.1]/", { allowPrivate: true }, "address"],
    ["https://169.254.169.254/", { allowPrivate: true }, "address"],
    ["https://168.63.129.16/", { allowPrivate: true }, "address"],
    ["https://metadata.google.internal/", { allowPrivate: true }, "metadata"],
    ["https://198.41.0.4/", { deniedRanges: ["198.41.0.0/24"] }, "address"],
    ["https://198.41.1.4/", { deniedRanges: ["198.41.0.0/24"] }, "allowed"],
    ["https://10.1.0.1/", { allowPrivate: true, deniedRanges: ["10.1.0.0/16"] }, "address"],
    ["https://[2606:4700::1]/", { deniedRanges: ["1.0.0.0/8", "2606:4700::/32"] }, "address"],
  ])("%s with %j: %s", (url, options, expected) => expect(reason(url, options)).toBe(expected));
});

describe("configuration", () => {
  it.each<[string, unknown]>([
    ["an unknown option", { allowHTTP: true }],
    ["a bare star", { domains: ["*"] }],
    ["a star inside", { domains: ["a.*.com"] }],
    ["a star that is no label", { domains: ["*example.com"] }],
    ["an empty domain", { domains: [""] }],
    ["a URL as domain", { domains: ["https://example.com/"] }],
    ["a domain with a port", { domains: ["example.com:443"] }],
    ["a port out of range", { ports: [0] }],
    ["an origin with a path", { trustedOrigins: ["http://127.0.0.1/a"] }],
    ["an origin with a user name", { trustedOrigins: ["http://a@127.0.0.1"] }],
    ["an origin of another scheme", { trustedOrigins: ["ftp://127.0.0.1"] }],
    ["a host as origin", { trustedOrigins: ["127.0.0.1"] }],
    ["a range without its size", { deniedRanges: ["10.0.0.1"] }],
    ["a range too large", { deniedRanges: ["10.0.0.0/33"] }],
  ])("refuses %s", (_, options) => {
    const failure = expect.objectContaining({ code: "invalid_configuration" });
    expect(() => createUrlPolicy(options as never)).toThrow(failure);
    expect(() => createSafeDispatcher(options as never)).toThrow(failure);
  });

  it.each<[string, unknown]>([
    ["an unknown option", { timeout: 5 }],
    ["no time", { connectTimeoutMs: 0 }],
    ["no connection", { connectionsPerOrigin: 0 }],
    ["no authority", { ca: [] }],
    ["a resolver that is none", { lookup: "8.8.8.8" }],
  ])("refuses %s of the connections", (_, options) => {
    expect(() => createSafeDispatcher({}, options as never)).toThrow(
      expect.objectContaining({ code: "invalid_configuration" }),
    );
  });
});
