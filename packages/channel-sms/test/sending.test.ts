import { sampleRecipient, virtualClock } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { send, withServer } from "./harness.js";
import { accountSid, apiKey, authToken, type Failure, sender } from "./twilio-server.js";

const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

describe("the request to Twilio", () => {
  it("creates a message and asks for its statuses under the delivery's id", async () => {
    const { channel, server } = await withServer();
    const result = await send(channel, { deliveryId: "delivery/1 ä", content: "Grüße & 1+1 = 2" });
    expect(result).toEqual({ outcome: "sent", externalId: "SM00000000000000000000000000000001" });
    const [request] = server.requests;
    expect(request?.path).toBe(`/2010-04-01/Accounts/${accountSid}/Messages.json`);
    expect(request?.headers.authorization).toBe(basic(accountSid, authToken));
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      To: "+14155550123",
      From: sender,
      Body: "Grüße & 1+1 = 2",
      StatusCallback: "https://hooks.example.com/in/hooks/sms/status?delivery=delivery%2F1+%C3%A4",
    });
  });

  it("uses a messaging service, an API key and the channel's own name", async () => {
    const messagingServiceSid = `MG${"2c".repeat(16)}`;
    const changes = { from: undefined, messagingServiceSid, apiKey, name: "sms-us" };
    const { channel, server } = await withServer(undefined, changes);
    expect(channel.name).toBe("sms-us");
    expect(await send(channel)).toMatchObject({ outcome: "sent" });
    const [request] = server.requests;
    expect(request?.headers.authorization).toBe(basic(apiKey.sid, apiKey.secret));
    expect(request?.form.get("MessagingServiceSid")).toBe(messagingServiceSid);
    expect(request?.form.has("From")).toBe(false);
    expect(request?.form.get("StatusCallback")).toContain("/hooks/sms-us/status?");
  });

  it("asks for no statuses where it cannot be reached", async () => {
    const { channel, server } = await withServer(undefined, { publicUrl: undefined });
    expect(channel.capabilities.statusCallbacks).toBe(false);
    await send(channel);
    expect(server.requests[0]?.form.has("StatusCallback")).toBe(false);
  });

  it("signs with the new token while two are known", async () => {
    const { channel } = await withServer(undefined, { authToken: [authToken, "the_old_token"] });
    expect(await send(channel)).toMatchObject({ outcome: "sent" });
  });
});

describe("numbers", () => {
  it("are written to in E.164, from the address for this channel before the phone", async () => {
    const { channel, server } = await withServer(undefined, { defaultCountry: "AT" });
    await send(channel, { recipient: sampleRecipient({ phone: "0660 123 45 67" }) });
    const addresses = { sms: "+44 7400 123456", voice: "+1 415 555 0123" };
    const recipient = sampleRecipient({ addresses });
    await send(channel, { recipient });
    expect(server.requests.map(({ form }) => form.get("To"))).toEqual(["+436601234567", "+447400123456"]);
    expect(channel.destination?.(recipient)).toBe("+447400123456");
  });

  it.each([
    "",
    "0660 1234567",
    "+1 415 555 0123 ext. 5",
    "call +14155550123",
    "+999123456789",
    "ada@example.com",
  ])("that are none are out of reach: %s", async (phone) => {
    const { channel, server } = await withServer();
    const recipient = sampleRecipient({ phone });
    expect(channel.canReach?.(recipient)).toBe(false);
    expect(channel.destination?.(recipient)).toBeUndefined();
    expect(await send(channel, { recipient })).toEqual({
      outcome: "permanent",
      reason: "the recipient has no valid telephone number",
    });
    expect(server.requests).toEqual([]);
  });
});

describe("a text that cannot leave", () => {
  it.each([
    ["is empty", " \n", {}, "the message has no text"],
    [
      "is longer than Twilio takes",
      "x".repeat(1601),
      {},
      "the text has 1601 characters; Twilio takes 1600 at most",
    ],
    [
      "has more segments than allowed",
      "€".repeat(81),
      { maxSegments: 1 },
      "the text has 2 segments in GSM-7; maxSegments allows 1",
    ],
    [
      "has more segments than allowed, since it needs UCS-2",
      "ж".repeat(71),
      { maxSegments: 1 },
      "the text has 2 segments in UCS-2; maxSegments allows 1",
    ],
  ])("%s", async (_, content, changes, reason) => {
    const { channel, server } = await withServer(undefined, changes);
    expect(await send(channel, { content })).toEqual({ outcome: "permanent", reason });
    expect(server.requests).toEqual([]);
  });

  it("is announced by maxLength", async () => {
    const { channel } = await withServer(undefined, { maxSegments: 2 });
    expect(channel.capabilities.maxLength).toBe(306);
    expect(await send(channel, { content: "x".repeat(306) })).toMatchObject({ outcome: "sent" });
    expect(await send(channel, { content: "x".repeat(307) })).toMatchObject({ outcome: "permanent" });
  });
});

const json = (status: number, code: number): Failure => ({ status, code });

describe("what Twilio answers", () => {
  it.each<[string, Failure, object]>([
    ["opted out", json(400, 21610), { outcome: "permanent", suppress: true }],
    [
      "no valid number",
      json(400, 21211),
      { outcome: "permanent", reason: expect.not.stringContaining("415") },
    ],
    ["no mobile number", json(400, 21614), { outcome: "permanent" }],
    ["region not enabled", json(400, 21408), { outcome: "permanent" }],
    [
      "an unknown code of 400",
      json(400, 29999),
      { outcome: "permanent", reason: "Twilio answered 400, code 29999" },
    ],
    ["wrong credentials", json(401, 20003), { outcome: "misconfigured" }],
    ["forbidden without a code", { status: 403, body: "<html>" }, { outcome: "misconfigured" }],
    ["unknown account", json(404, 20404), { outcome: "misconfigured" }],
    ["a sender that is not ours", json(400, 21660), { outcome: "misconfigured" }],
    [
      "a redirect",
      { status: 302, headers: { location: "https://example.com/" } },
      { outcome: "misconfigured" },
    ],
    ["a full queue", json(400, 21611), { outcome: "retryable" }],
    ["too many requests", json(429, 20429), { outcome: "retryable" }],
    ["an error inside", json(500, 20500), { outcome: "ambiguous" }],
    ["a bad gateway", { status: 502, body: "" }, { outcome: "ambiguous" }],
    ["unavailable", json(503, 20503), { outcome: "ambiguous" }],
    [
      "unavailable until",
      { status: 503, code: 20503, headers: { "retry-after": "7" } },
      { outcome: "retryable", retryAfterMs: 7_000 },
    ],
    ["created, with an answer that is no JSON", { status: 201, body: "{" }, { outcome: "sent" }],
    ["created, with a strange id", { status: 201, body: '{"sid":["SM1"]}' }, { outcome: "sent" }],
    [
      "created, and then the answer breaks off",
      { status: 201, headers: { "content-length": "999", connection: "close" }, body: "{" },
      { outcome: "sent" },
    ],
  ])("%s", async (_, failure, expected) => {
    const { channel, server } = await withServer(failure, { timeoutMs: 1_000 });
    const result = await send(channel);
    expect(result).toMatchObject(expected);
    if (!Object.hasOwn(expected, "suppress")) expect(result).not.toHaveProperty("suppress");
    expect(server.requests).toHaveLength(1);
  });

  it("says when to come back, as a date too", async () => {
    const date = new Date(virtualClock().now() + 90_000).toUTCString();
    const { channel } = await withServer({ status: 429, code: 20429, headers: { "retry-after": date } });
    const result = await send(channel);
    expect(result).toMatchObject({ outcome: "retryable" });
    expect(result.outcome === "retryable" && result.retryAfterMs).toBeGreaterThan(89_000);
    expect(result.outcome === "retryable" && result.retryAfterMs).toBeLessThanOrEqual(90_000);
  });

  it("nothing within the time: what became of it is not known", async () => {
    const { channel } = await withServer("hang", { timeoutMs: 50 });
    expect(await send(channel)).toEqual({ outcome: "ambiguous", reason: "Twilio did not answer (timeout)" });
  });
});

it("tells no number, text or secret in a reason", async () => {
  const failures = [json(400, 21211), json(400, 29999), json(401, 20003), json(500, 1), "drop"] as const;
  for (const failure of failures) {
    const { channel, logged } = await withServer(failure, { apiKey });
    const content = "the private text";
    const told = JSON.stringify(await send(channel, { content })) + logged();
    for (const secret of ["4155550123", "5550199", content, accountSid, authToken, apiKey.sid, apiKey.secret])
      expect(told).not.toContain(secret);
  }
});
