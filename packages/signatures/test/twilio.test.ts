import { createHash } from "node:crypto";
import fc from "fast-check";
import {
  getExpectedTwilioSignature,
  validateRequest,
  validateRequestWithBody,
} from "twilio/lib/webhooks/webhooks.js";
import { expect, it } from "vitest";
import { type SignedRequest, signTwilio, twilioVerifier } from "../src/index.js";

const token = "12345";
const verify = twilioVerifier(token);

function form(url: string, body: string, signature?: string): SignedRequest {
  const headers = new Headers({ "content-type": "application/x-www-form-urlencoded; charset=UTF-8" });
  if (signature !== undefined) headers.set("x-twilio-signature", signature);
  return { method: "POST", url, headers, body };
}

/** What a web framework hands to Twilio's library: a value, or an array where a name comes more than once. */
function parametersOf(body: string): Record<string, string | string[]> {
  const query = new URLSearchParams(body);
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const values = query.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}

const names = fc.oneof(
  fc.constantFrom("From", "To", "Body", "MessageSid", "from", "10", "9"),
  fc.string({ minLength: 1 }),
);
const bodies = fc
  .array(fc.tuple(names, fc.string({ unit: "grapheme" })), { maxLength: 12, size: "max" })
  .map((pairs) => new URLSearchParams(pairs).toString());
const urls = fc
  .record({
    scheme: fc.constantFrom("http", "https"),
    host: fc.constantFrom("example.com", "[::1]", "127.0.0.1"),
    port: fc.constantFrom("", ":443", ":80", ":8443"),
    path: fc.constantFrom("", "/", "/sms", "/a%20b/c", "/it's", "/x:1/@y"),
    query: fc.oneof(
      fc.constantFrom("", "?", "?a=1&b=2", "?it='s'", "?x=%27&y=a+b", "?a", "?q=ü&a=1&a=1"),
      fc.webQueryParameters().map((query) => `?${query}`),
    ),
  })
  .map(({ scheme, host, port, path, query }) => `${scheme}://${host}${port}${path}${query}`);

it("verifies the example of Twilio's library", () => {
  const url = "https://example.com/myapp.php?foo=1&bar=2";
  const body =
    "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309";
  const signature = getExpectedTwilioSignature(token, url, parametersOf(body));
  expect(signTwilio(form(url, body), token)).toEqual({ "x-twilio-signature": signature });
  expect(verify(form(url, body, signature), 0).ok).toBe(true);
});

it("signs as Twilio's library does, names and values that repeat included", () => {
  fc.assert(
    fc.property(urls, bodies, (url, body) => {
      const expected = getExpectedTwilioSignature(token, url, parametersOf(body));
      expect(signTwilio(form(url, body), token)["x-twilio-signature"]).toBe(expected);
    }),
  );
});

it("decides as Twilio's library does, whichever way the URL was written when it was signed", () => {
  const variants: readonly ((url: string) => string)[] = [
    (url) => url,
    (url) => url.replace(/:(443|80|8443)(?=[/?]|$)/, ""),
    (url) => url.replace(/^(https:\/\/(?:\[::1\]|[\w.]+))(?=[/?]|$)/, "$1:443"),
    (url) => url.replace(/^(http:\/\/(?:\[::1\]|[\w.]+))(?=[/?]|$)/, "$1:80"),
    (url) => url.replace(/^(https?:\/\/(?:\[::1\]|[\w.]+))(?=[/?]|$)/, "$1:81"),
    (url) => new URL(url).toString(),
    (url) => new URL(url).toString().replace(/%27/g, "'"),
    (url) => `${url}/`,
  ];
  let accepted = 0;
  fc.assert(
    fc.property(urls, bodies, fc.constantFrom(...variants), (received, body, variant) => {
      const signature = getExpectedTwilioSignature(token, variant(received), parametersOf(body));
      const expected = validateRequest(token, signature, received, parametersOf(body));
      if (expected) accepted++;
      expect(verify(form(received, body, signature), 0).ok).toBe(expected);
    }),
    { numRuns: 500 },
  );
  expect(accepted).toBeGreaterThan(100);
});

it("accepts a quote in the query, which the Request of a server has already escaped", () => {
  const signedUrl = "https://example.com/sms?name=O'Brien";
  const signature = getExpectedTwilioSignature(token, signedUrl, { From: "+1" });
  const received = new Request(signedUrl).url;
  expect(received).toContain("%27");
  expect(verify(form(received, "From=%2B1", signature), 0).ok).toBe(true);
});

it("refuses any flipped bit of a form that changes what it says", () => {
  fc.assert(
    fc.property(bodies, fc.nat(), fc.nat({ max: 6 }), (body, position, bit) => {
      fc.pre(body !== "");
      const at = position % body.length;
      const flipped = String.fromCharCode(body.charCodeAt(at) ^ (1 << bit));
      const changed = body.slice(0, at) + flipped + body.slice(at + 1);
      const says = (text: string) =>
        JSON.stringify([...new Set([...new URLSearchParams(text)].map(String))].sort());
      // %4a and %4A are one character, and a name with one value twice says no more than once.
      fc.pre(says(changed) !== says(body));
      const { "x-twilio-signature": signature } = signTwilio(form("https://example.com/", body), token);
      expect(verify(form("https://example.com/", changed, signature), 0)).toMatchObject({
        reason: "mismatch",
      });
    }),
    { numRuns: 300 },
  );
});

it("checks another body by its hash in the URL, as Twilio's library does", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.boolean(), (body, changed) => {
      const hash = createHash("sha256").update(body).digest("hex");
      const url = `https://example.com/json?bodySHA256=${hash}`;
      const signature = getExpectedTwilioSignature(token, url, {});
      const sent = changed ? `${body} ` : body;
      const headers = new Headers({ "x-twilio-signature": signature, "content-type": "application/json" });
      const verdict = verify({ method: "POST", url, headers, body: sent }, 0);
      expect(verdict.ok).toBe(!changed);
      expect(verdict.ok).toBe(validateRequestWithBody(token, signature, url, sent));
    }),
  );
});

it("refuses a body that the signature does not cover", () => {
  const url = "https://example.com/sms?MessageSid=SM1";
  const signature = getExpectedTwilioSignature(token, url, {});
  const request = (body: string, type?: string): SignedRequest => ({
    method: "POST",
    url,
    headers: new Headers({
      "x-twilio-signature": signature,
      ...(type !== undefined && { "content-type": type }),
    }),
    body,
  });
  expect(verify(request(""), 0).ok).toBe(true);
  for (const type of [undefined, "application/json", "text/plain", "multipart/form-data; boundary=x"])
    expect(verify(request('{"a":1}', type), 0)).toMatchObject({ ok: false, reason: "malformed" });
  expect(verify(request("a=1", "application/x-www-form-urlencoded"), 0).ok).toBe(false);
  expect(() => signTwilio(request("{}", "application/json"), token)).toThrow(
    expect.objectContaining({ code: "invalid_argument" }),
  );
});

it("takes a question mark before a form for a part of it", () => {
  const { "x-twilio-signature": signature } = signTwilio(form("https://example.com/", "a=1"), token);
  expect(verify(form("https://example.com/", "?a=1", signature), 0)).toMatchObject({ reason: "mismatch" });
});

it("refuses a URL that is none", () => {
  expect(verify(form("/sms", "a=1", "x"), 0)).toMatchObject({ ok: false, reason: "malformed" });
});

it("knows a replay even when a form is cut up anew, which Twilio's scheme cannot see", () => {
  const url = "https://example.com/sms";
  const { "x-twilio-signature": signature } = signTwilio(
    form(url, "MessageSid=SM1&MessageStatus=sent"),
    token,
  );
  const idOf = (body: string) => {
    const verdict = verify(form(url, body, signature), 0);
    return verdict.ok ? verdict.id : undefined;
  };
  expect(idOf("MessageSid=SM1&MessageStatu=ssent")).toBe(idOf("MessageSid=SM1&MessageStatus=sent"));
});
