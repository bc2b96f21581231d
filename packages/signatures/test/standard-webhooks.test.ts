import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { createSecret, secretBytes, signStandardWebhook, standardWebhookVerifier } from "../src/index.js";
import { now, withHeaders } from "./schemes.js";

const ids = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
// Some that a careless template would change.
const bodies = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom("{body}", "{id}.{timestamp}.{body}", "$&$1$`$$"),
);
const url = "https://example.com/in";
const requestOf = (body: string, headers: Record<string, string>) => ({
  method: "POST",
  url,
  headers: new Headers(headers),
  body,
});

it("signs what the reference library signs, and accepts what it signed", () => {
  fc.assert(
    fc.property(ids, bodies, fc.uint8Array({ minLength: 24, maxLength: 64 }), (id, body, bytes) => {
      const secret = `whsec_${Buffer.from(bytes).toString("base64")}`;
      const headers = signStandardWebhook({ id, body, now }, secret);
      const expected = new Webhook(secret).sign(id, new Date(now), body);
      expect(headers).toEqual({
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(now / 1000)),
        "webhook-signature": expected,
      });
      const verdict = standardWebhookVerifier(secret)(requestOf(body, headers), now);
      expect(verdict).toEqual({ ok: true, id, signedAt: Math.floor(now / 1000) * 1000 });
    }),
  );
});

it("is verified by the reference library, also during a rotation", () => {
  const at = Date.now(); // The library looks at the clock itself.
  const secrets = [createSecret(), createSecret()];
  const headers = signStandardWebhook({ id: "msg_1", body: '{"a":1}', now: at }, secrets);
  for (const secret of secrets) expect(new Webhook(secret).verify('{"a":1}', headers)).toEqual({ a: 1 });
  expect(() => new Webhook(createSecret()).verify('{"a":1}', headers)).toThrow("No matching signature");
});

it("agrees with the example of the specification's libraries", () => {
  const verify = standardWebhookVerifier("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  const signed = requestOf('{"test": 2432232314}', {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
  expect(verify(signed, 1614265330_000)).toMatchObject({ ok: true, id: "msg_p5jXN8AQM9LWM0D4loKWxJek" });
});

it("finds its signature among others, and takes none of another version", () => {
  const secret = createSecret();
  const signed = requestOf("{}", signStandardWebhook({ id: "msg_1", body: "{}", now }, secret));
  const own = signed.headers.get("webhook-signature")!;
  const other = own.replace("v1,", "v2,");
  const verify = (signature: string) =>
    standardWebhookVerifier(secret)(withHeaders(signed, { "webhook-signature": signature }), now);
  expect(verify(`v1a,${"A".repeat(86)}== v1,${"B".repeat(43)}= ${own}`).ok).toBe(true);
  expect(verify(other)).toMatchObject({ ok: false, reason: "malformed" });
  expect(verify(`${"v1,a ".repeat(9)}${own}`).ok).toBe(true);
  expect(verify(`${"v1,a ".repeat(10)}${own}`)).toMatchObject({ ok: false, reason: "malformed" });
});

it("keeps the id stable and signs each try anew", () => {
  const secret = createSecret();
  const [first, second] = [now, now + 60_000].map((at) =>
    signStandardWebhook({ id: "msg_1", body: "{}", now: at }, secret),
  );
  expect(second!["webhook-id"]).toBe(first!["webhook-id"]);
  expect(second!["webhook-signature"]).not.toBe(first!["webhook-signature"]);
});

it("refuses an id with a full stop, a space, or none, on both sides", () => {
  const secret = createSecret();
  const signed = requestOf("{}", signStandardWebhook({ id: "msg_1", body: "{}", now }, secret));
  for (const id of ["", "a.b", "a b", "ä", "x".repeat(257)]) {
    expect(() => signStandardWebhook({ id, body: "{}", now }, secret)).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
    const headers = withHeaders(signed, { "webhook-id": id });
    expect(standardWebhookVerifier(secret)(headers, now)).toMatchObject({ ok: false, reason: "malformed" });
  }
});

it("refuses a timestamp that is not whole seconds", () => {
  const secret = createSecret();
  const verify = standardWebhookVerifier(secret);
  const signed = requestOf("{}", signStandardWebhook({ id: "msg_1", body: "{}", now }, secret));
  for (const timestamp of ["", "x", "-1", "1.5", "1e9", "0x10", "9".repeat(16)])
    expect(verify(withHeaders(signed, { "webhook-timestamp": timestamp }), now)).toMatchObject({
      ok: false,
      reason: "malformed",
    });
});

it("makes secrets of 32 random bytes, and refuses others with a coded error that does not hold them", () => {
  expect(secretBytes(createSecret())).toHaveLength(32);
  expect(createSecret()).not.toBe(createSecret());
  const base64 = (bytes: number) => Buffer.alloc(bytes, 7).toString("base64");
  expect(secretBytes(`whsec_${base64(24)}`)).toHaveLength(24);
  expect(secretBytes(`whsec_${base64(64)}`)).toHaveLength(64);
  const wrong = ["", "whsec_", base64(32), `whsec_${base64(23)}`, `whsec_${base64(65)}`];
  for (const secret of [...wrong, "whsec_not base64", `whsec_${base64(32).slice(0, -1)}`, "WHSEC_AAAA"]) {
    expect(() => secretBytes(secret)).toThrow(
      expect.objectContaining({
        code: "invalid_configuration",
        message: expect.not.stringMatching(/BwcH|not base64"|AAAA/),
      }),
    );
  }
});

it("refuses a tolerance that would turn the check off", () => {
  for (const toleranceMs of [0, -1, Number.POSITIVE_INFINITY, Number.NaN, 86_400_001])
    expect(() => standardWebhookVerifier(createSecret(), { toleranceMs })).toThrow(
      expect.objectContaining({ code: "invalid_configuration" }),
    );
});
