import { systemClock } from "@hybrid-orchestrator/core";
import { sampleRecipient, virtualClock } from "@hybrid-orchestrator/testkit";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { channelTo, otherSecret, receiver, secret, sendOn, start } from "./receiver.js";

const at = Date.UTC(2025, 0, 1);

describe("what is posted", () => {
  it("is type, timestamp and data, as JSON, to the whole URL", async () => {
    const server = await receiver();
    const channel = await channelTo(server);
    const result = await sendOn(channel, {
      subject: "Your form",
      urgency: "high",
      trigger: "struggle",
      reason: "ssn changed 3 times in 60 s",
      metadata: { step: 3 },
    });
    const [request] = server.requests;
    expect(request).toMatchObject({
      method: "POST",
      path: "/hook?team=a",
      headers: { "content-type": "application/json", "user-agent": "hybrid-orchestrator" },
    });
    expect(JSON.parse(request?.body ?? "")).toEqual({
      type: "message.created",
      timestamp: "2025-01-01T00:00:00.000Z",
      data: {
        id: "message_1",
        deliveryId: "delivery_1",
        sessionId: "session_1",
        recipient: {
          id: "user_1",
          name: "Ada Example",
          phone: "+14155550123",
          email: "ada@example.com",
        },
        content: "Do you need help with the form?",
        subject: "Your form",
        urgency: "high",
        audience: "user",
        trigger: "struggle",
        reason: "ssn changed 3 times in 60 s",
        metadata: { step: 3 },
      },
    });
    expect(result).toEqual({ outcome: "sent", externalId: request?.headers["webhook-id"] });
  });

  it("has the seed's shape where that is asked for, signed or not", async () => {
    const server = await receiver();
    const recipient = { id: "user_1", name: "Ada", available: true };
    for (const secrets of [undefined, secret])
      await sendOn(
        await channelTo(server, { format: "seed", ...(secrets === undefined && { secrets }) } as never),
        { recipient },
      );
    for (const { body } of server.requests)
      expect(JSON.parse(body)).toEqual({
        id: "message_1",
        timestamp: "2025-01-01T00:00:00.000Z",
        recipient: { id: "user_1", name: "Ada", phone: null, email: null },
        content: "Do you need help with the form?",
        urgency: "normal",
        metadata: {},
      });
    const signed = server.requests.map(({ headers }) => headers["webhook-signature"] !== undefined);
    expect(signed).toEqual([false, true]);
    expect(server.requests[0]?.headers["webhook-id"]).toBe(server.requests[1]?.headers["webhook-id"]);
  });

  it("carries the configured headers beside its own", async () => {
    const server = await receiver();
    const channel = await channelTo(server, {
      headers: { Authorization: "Bearer abc", "User-Agent": "acme" },
    });
    await sendOn(channel);
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: "Bearer abc",
      "user-agent": "acme",
      "content-type": "application/json",
      "webhook-id": expect.stringMatching(/^msg_[\w-]{27}$/),
    });
  });

  it("is less than 20 kB, or is not posted", async () => {
    const server = await receiver();
    const channel = await channelTo(server);
    await sendOn(channel, { content: "" });
    const room = 19_999 - Buffer.byteLength(server.requests[0]?.body ?? "");
    // Bytes count, not characters: an umlaut has two.
    const fits = `ä${"x".repeat(room - 2)}`;
    expect((await sendOn(channel, { content: fits })).outcome).toBe("sent");
    expect(Buffer.byteLength(server.requests[1]?.body ?? "")).toBe(19_999);
    expect(await sendOn(channel, { content: `${fits}x` })).toEqual({
      outcome: "permanent",
      reason: expect.stringContaining("would have 20000 bytes and must have less than 20000"),
    });
    expect(server.requests).toHaveLength(2);
  });
});

describe("its signature", () => {
  it("is verified by the reference library, with each secret of a rotation", async () => {
    const server = await receiver();
    const channel = await channelTo(server, { secrets: [otherSecret, secret] }, { clock: systemClock });
    await sendOn(channel, { content: "ä \u2028 {id}.{timestamp} 😀" });
    const [request] = server.requests;
    const { headers, body = "" } = request ?? {};
    for (const known of [secret, otherSecret])
      expect(new Webhook(known).verify(body, headers as Record<string, string>)).toMatchObject({
        type: "message.created",
        data: { content: "ä \u2028 {id}.{timestamp} 😀" },
      });
    const unknown = new Webhook(`whsec_${Buffer.alloc(32, 1).toString("base64")}`);
    expect(() => unknown.verify(body, headers as Record<string, string>)).toThrow("No matching signature");
  });

  it("has one id for all tries with one key, and the time of each", async () => {
    const server = await receiver();
    const clock = virtualClock(at);
    const channel = await channelTo(server, {}, { clock });
    await sendOn(channel);
    clock.set(at + 60_000);
    await sendOn(channel);
    await sendOn(channel, {}, { idempotencyKey: "effect:2:webhook" });
    const [first, second, third] = server.requests.map(({ headers }) => headers);
    expect(second?.["webhook-id"]).toBe(first?.["webhook-id"]);
    expect(third?.["webhook-id"]).not.toBe(first?.["webhook-id"]);
    expect(first?.["webhook-timestamp"]).toBe(String(at / 1_000));
    expect(second?.["webhook-timestamp"]).toBe(String(at / 1_000 + 60));
    expect(second?.["webhook-signature"]).not.toBe(first?.["webhook-signature"]);
    expect(server.requests[1]?.body).toBe(server.requests[0]?.body);
  });

  it("takes keys with any characters", async () => {
    const server = await receiver();
    const channel = await channelTo(server);
    for (const idempotencyKey of ["a.b c", "ä\r\nx: y", "x".repeat(5_000)])
      expect((await sendOn(channel, {}, { idempotencyKey })).outcome).toBe("sent");
    expect(new Set(server.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(3);
  });
});

describe("recipients' own URLs", () => {
  it("get messages signed with their own secrets", async () => {
    const [ada, bob] = [await receiver(), await receiver()];
    const channel = await start({
      name: "hook",
      allowRecipientUrls: true,
      secretsOf: ({ id }) => (id === "ada" ? secret : otherSecret),
      policy: { trustedOrigins: [ada.origin, bob.origin] },
    });
    const owners = [
      ["ada", ada, secret],
      ["bob", bob, otherSecret],
    ] as const;
    for (const [id, { url }] of owners)
      await sendOn(channel, { recipient: sampleRecipient({ id, addresses: { hook: url } }) });
    for (const [, { requests }, known] of owners) {
      expect(requests).toHaveLength(1);
      const [{ headers, body }] = requests as unknown as [(typeof requests)[0]];
      expect(() => new Webhook(known).verify(body, headers as Record<string, string>)).not.toThrow();
    }
  });

  it("are counted in one spelling, by the URL alone", async () => {
    const channel = await start({ allowRecipientUrls: true, secrets: secret });
    const destination = (webhook: string, id = "u") =>
      channel.destination?.({ id, available: true, addresses: { webhook } });
    expect(destination("HTTPS://Example.com.:443/A?b#c")).toBe("https://example.com/A?b");
    expect(destination("https://example.com/A?b", "other")).toBe("https://example.com/A?b");
    expect(destination("https://127.0.0.1/")).toBeUndefined();
    expect(channel.destination?.({ id: "u", available: true })).toBeUndefined();
  });

  it("are the recipient's own and no member that every object has", async () => {
    const channel = await start({ name: "constructor", allowRecipientUrls: true, secrets: secret });
    const recipient = sampleRecipient({ addresses: {} });
    expect(channel.canReach?.(recipient)).toBe(false);
    expect(await sendOn(channel, { recipient })).toEqual({
      outcome: "permanent",
      reason: 'The recipient has no address under "constructor".',
    });
  });

  it("without a secret that can sign get nothing", async () => {
    const server = await receiver();
    for (const secretsOf of [
      () => "whsec_short",
      () => {
        throw new Error(`no secret like ${secret}`);
      },
    ]) {
      const channel = await channelTo(server, { secrets: undefined, secretsOf } as never);
      expect(await sendOn(channel)).toEqual({
        outcome: "misconfigured",
        reason: "secretsOf gave no secret that can sign.",
      });
    }
    expect(server.requests).toEqual([]);
  });
});
