import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { systemClock } from "@hybrid-orchestrator/core";
import { signStandardWebhook } from "@hybrid-orchestrator/signatures";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { verifyWebhook } from "../src/index.js";
import { channelTo, otherSecret, receiver, secret, sendOn } from "./receiver.js";

const unknown = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;

/** A webhook as the channel posts it now. */
async function posted(options: Parameters<typeof channelTo>[1] = {}) {
  const server = await receiver();
  await sendOn(await channelTo(server, options, { clock: systemClock }), { metadata: { step: [1, null] } });
  const [request] = server.requests;
  if (request === undefined) throw new Error("Nothing was posted.");
  const headers = new Headers(request.headers as Record<string, string>);
  return { ...request, webHeaders: headers, now: Number(headers.get("webhook-timestamp")) * 1_000 };
}

const requestOf = (headers: Headers, body: string) =>
  new Request("https://receiver.example/hook", { method: "POST", headers, body });

it("accepts what the channel sent, as a request or as headers and body, during a rotation", async () => {
  const { headers, webHeaders, body, now } = await posted({ secrets: [otherSecret, secret] });
  for (const received of [{ headers, body }, { headers: webHeaders, body }, requestOf(webHeaders, body)]) {
    expect(await verifyWebhook(received, secret, { now })).toEqual({
      ok: true,
      id: headers["webhook-id"],
      event: JSON.parse(body),
    });
  }
  expect(await verifyWebhook({ headers, body }, [unknown, otherSecret], { now })).toMatchObject({ ok: true });
});

it("accepts what the reference library signed", async () => {
  const { body, now } = await posted();
  const signature = new Webhook(secret).sign("msg_1", new Date(now), body);
  const headers = {
    "webhook-id": "msg_1",
    "webhook-timestamp": String(now / 1_000),
    "webhook-signature": signature,
  };
  expect(await verifyWebhook({ headers, body }, secret, { now })).toMatchObject({ ok: true, id: "msg_1" });
});

it("refuses another secret, a changed body, id or time, an old one, one from the future, and none", async () => {
  const { webHeaders, body, now } = await posted();
  const changed = (name: string, value: string) => {
    const headers = new Headers(webHeaders);
    headers.set(name, value);
    return headers;
  };
  const refusals = [
    ["mismatch", webHeaders, body, unknown, now],
    ["mismatch", webHeaders, body.replace("help", "gold"), secret, now],
    ["mismatch", changed("webhook-id", "msg_other"), body, secret, now],
    ["mismatch", changed("webhook-timestamp", String(now / 1_000 + 1)), body, secret, now],
    ["expired", webHeaders, body, secret, now + 301_000],
    ["future", webHeaders, body, secret, now - 301_000],
    ["missing", new Headers(), body, secret, now],
  ] as const;
  for (const [reason, headers, sent, known, at] of refusals) {
    const refused = { ok: false, reason, detail: expect.any(String) };
    expect(await verifyWebhook({ headers, body: sent }, known, { now: at })).toEqual(refused);
    expect(await verifyWebhook(requestOf(headers, sent), known, { now: at })).toEqual(refused);
  }
  const late = { now: now + 301_000, toleranceMs: 600_000 };
  expect(await verifyWebhook({ headers: webHeaders, body }, secret, late)).toMatchObject({ ok: true });
});

it("refuses what is signed and is no message", async () => {
  const now = Date.UTC(2025, 0, 1);
  for (const body of ["", "{", "null", "[]", '{"type":"message.created"}', '{"type":"other","data":{}}']) {
    const headers = signStandardWebhook({ id: "msg_1", body, now }, secret);
    const refused = await verifyWebhook({ headers, body }, secret, { now });
    expect(refused).toMatchObject({ ok: false, reason: "malformed" });
  }
});

it("reads a request once and within a limit", async () => {
  const { webHeaders, body, now } = await posted();
  const request = requestOf(webHeaders, body);
  await request.text();
  await expect(verifyWebhook(request, secret, { now })).rejects.toMatchObject({ code: "invalid_argument" });
  const large = requestOf(webHeaders, "x".repeat(2_000_000));
  expect(await verifyWebhook(large, secret, { now })).toMatchObject({ ok: false, reason: "too_large" });
  await expect(verifyWebhook({ headers: {}, body }, "no secret", { now })).rejects.toMatchObject({
    code: "invalid_configuration",
  });
});

it("serves a receiver on Node's own server", async () => {
  const server = createServer(async (request, response) => {
    const received = { headers: request.headers, body: await text(request) };
    const verdict = await verifyWebhook(received, secret, { now: Date.now() });
    response.writeHead(verdict.ok ? 204 : 401).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const outcomes: string[] = [];
    for (const secrets of [secret, otherSecret]) {
      const channel = await channelTo({ url: `${origin}/`, origin }, { secrets }, { clock: systemClock });
      outcomes.push((await sendOn(channel)).outcome);
    }
    expect(outcomes).toEqual(["sent", "misconfigured"]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
