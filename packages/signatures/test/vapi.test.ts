import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { createSecret, signVapi, type VapiHmac, vapiVerifier } from "../src/index.js";
import { now } from "./schemes.js";

const requestOf = (headers: Record<string, string>, body = "{}") => ({
  method: "POST",
  url: "https://example.com/vapi",
  headers: new Headers(headers),
  body,
});
const misconfigured = expect.objectContaining({ code: "invalid_configuration" });

it("takes a bearer token in the header and the form that the credential names", () => {
  const standard = vapiVerifier({ type: "bearer", token: "t0ken" });
  expect(standard(requestOf({ authorization: "Bearer t0ken" }), now)).toEqual({ ok: true });
  expect(standard(requestOf({ authorization: "bearer  t0ken" }), now).ok).toBe(true);
  expect(standard(requestOf({ authorization: "t0ken" }), now)).toMatchObject({ reason: "malformed" });
  expect(standard(requestOf({ authorization: "Bearer t0ken2" }), now)).toMatchObject({ reason: "mismatch" });
  const own = vapiVerifier({ type: "bearer", token: ["a1", "b2"], header: "x-key", bearerPrefix: false });
  expect(own(requestOf({ "x-key": "b2" }), now)).toEqual({ ok: true });
  expect(own(requestOf({ authorization: "Bearer b2" }), now)).toMatchObject({ reason: "missing" });
  expect(() => vapiVerifier({ type: "bearer", token: "a", header: "x key" })).toThrow(misconfigured);
});

it("takes the legacy secret", () => {
  const verify = vapiVerifier({ type: "secret", secret: "s3cret" });
  expect(verify(requestOf({ "x-vapi-secret": "s3cret" }), now)).toEqual({ ok: true });
  expect(verify(requestOf({ "x-vapi-secret": "S3cret" }), now)).toMatchObject({ reason: "mismatch" });
});

it("has the vendor's defaults", () => {
  expect(signVapi({ body: "{}", now }, { secretKey: "k", algorithm: "sha256" })).toEqual({
    "x-timestamp": "1773480413",
    // printf '1773480413.{}' | openssl dgst -sha256 -hmac k
    "x-signature": "2ea8447ae7df1ae165f7b63fd8262ab15108d0256bbdedbe2820019ec4db4502",
  });
});

it("takes seconds and milliseconds for the time, since the vendor does not say which", () => {
  const plan: VapiHmac = { secretKey: "k", algorithm: "sha256" };
  const verify = vapiVerifier({ type: "hmac", ...plan });
  const inMilliseconds = signVapi({ body: "{}", now: now * 1000 }, plan);
  expect(inMilliseconds["x-timestamp"]).toBe(String(now));
  expect(verify(requestOf(inMilliseconds), now)).toMatchObject({ ok: true, signedAt: now });
  expect(verify(requestOf(inMilliseconds), now + 301_000)).toMatchObject({ reason: "expired" });
});

it("understands what a library of Standard Webhooks signs", () => {
  const secretKey = createSecret();
  const verify = vapiVerifier({
    type: "hmac",
    secretKey,
    algorithm: "sha256",
    signatureHeader: "webhook-signature",
    timestampHeader: "webhook-timestamp",
    messageIdHeader: "webhook-id",
    signaturePrefix: "v1,",
    payloadFormat: "{svix-id}.{timestamp}.{body}",
    signatureEncoding: "base64",
    secretIsBase64: true,
  });
  const headers = {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(Math.floor(now / 1000)),
    "webhook-signature": new Webhook(secretKey).sign("msg_1", new Date(now), "{}"),
  };
  expect(verify(requestOf(headers), now)).toMatchObject({ ok: true, id: "msg_1" });
});

it("accepts a prefix with a space", () => {
  const plan: VapiHmac = { secretKey: "k", algorithm: "sha256", signaturePrefix: "HMAC " };
  const verify = vapiVerifier({ type: "hmac", ...plan });
  expect(verify(requestOf(signVapi({ body: "{}", now }, plan)), now).ok).toBe(true);
});

it.each<[string, Partial<VapiHmac>]>([
  ["does not sign the body", { payloadFormat: "{timestamp}" }],
  ["names what nobody knows", { payloadFormat: "{timestamp}.{body}.{secret}" }],
  ["has a time that is not signed", { payloadFormat: "{body}" }],
  ["signs a time that is not sent", { includeTimestamp: false, payloadFormat: "{timestamp}.{body}" }],
  ["has an id that is not signed", { messageIdHeader: "svix-id" }],
  ["signs an id that is not sent", { payloadFormat: "{svix-id}.{timestamp}.{body}" }],
  ["has a header that cannot be one", { signatureHeader: "x signature" }],
  ["has a secret that is no base64", { secretIsBase64: true, secretKey: "not base64!" }],
])("refuses a plan that %s", (_, change) => {
  const plan = { type: "hmac", secretKey: "k", algorithm: "sha256", ...change } as const;
  expect(() => vapiVerifier(plan)).toThrow(misconfigured);
});
