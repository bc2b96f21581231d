import { createTransport } from "nodemailer";
import { describe, expect, it } from "vitest";
import { key, startAgent } from "../../../apps/email-agent/test/support/agent.js";
import { startSmtp } from "../../mail/test/support/smtp.js";
import { agentServer, type Failure } from "./agent-server.js";
import { atEnd, eventually, headerOf, send, sessionId, setUp, smtpConfig, tokenKeys } from "./harness.js";

/** The real e-mail agent, its own SMTP server behind it. */
async function withAgent() {
  const agent = await startAgent({ sandbox: true });
  const up = await setUp({
    way: "orchestrator",
    baseUrl: agent.url,
    trustedOrigins: [agent.url],
    apiKey: key,
    reconnectDelayMs: 10,
  });
  const person = createTransport({ host: "127.0.0.1", port: agent.sandboxSmtpPort, ignoreTLS: true });
  atEnd(() => person.close());
  return {
    ...up,
    agent,
    write: (
      headers: { inReplyTo?: string; references?: string; headers?: Record<string, string> },
      text: string,
    ) =>
      person.sendMail({
        from: "Ada <ada@example.com>",
        to: "agent@example.com",
        subject: "Re: Hello",
        text,
        ...headers,
      }),
  };
}

describe("through the e-mail agent", () => {
  it("a mail leaves, and its answer comes back as one to it", async () => {
    const { channel, recording, write } = await withAgent();
    const result = await send(channel);
    if (result.outcome !== "sent") throw new Error(JSON.stringify(result));
    expect(result.externalId).toMatch(/^<.+@example\.com>$/);
    await write({ inReplyTo: result.externalId ?? "" }, "Stop");
    await eventually(() => expect(recording.received).toHaveLength(1));
    expect(recording.received).toEqual([
      {
        channel: "email",
        unproven: true,
        externalId: expect.any(String),
        inReplyTo: result.externalId,
        from: "ada@example.com",
        text: "Stop",
        intent: "opt_out",
        data: { subject: "Re: Hello" },
        occurredAt: expect.any(Number),
      },
    ]);
  });

  it("the same message twice, by one key, is sent once", async () => {
    const { channel, agent } = await withAgent();
    const [first, again] = [await send(channel), await send(channel)];
    expect(again).toEqual(first);
    expect(await (await agent.get("/sandbox/messages")).json()).toHaveLength(1);
  });

  it("a refusal is told, and whether the address is at fault", async () => {
    const { channel } = await withAgent();
    const to = (email: string) => send(channel, { recipient: { id: "x", email, available: true } }, email);
    expect(await to("reject-550@example.org")).toMatchObject({ outcome: "permanent" });
    expect(await to("reject-451@example.org")).toMatchObject({ outcome: "retryable" });
  });

  it("what came while nothing ran is found at the start, machines' mail is not", async () => {
    const { plugin, recording, write } = await withAgent();
    await recording.stop();
    await write({ headers: { "Auto-Submitted": "auto-replied" } }, "I am away.");
    await write({}, "While you were away.");
    await plugin.setup(recording.host);
    await eventually(() => expect(recording.received).toHaveLength(1));
    expect(recording.received[0]).toMatchObject({ from: "ada@example.com", text: "While you were away." });
    expect(recording.received[0]?.intent).toBeUndefined();
  });

  it("the inbox can be read and searched, and its health is known", async () => {
    const { plugin, write } = await withAgent();
    await write({}, "Apples.");
    await write({}, "Pears.");
    expect((await plugin.getInbox()).map(({ text }) => text)).toEqual(["Pears.", "Apples."]);
    expect((await plugin.searchEmails("apples")).map(({ text }) => text)).toEqual(["Apples."]);
    expect(await plugin.checkHealth()).toEqual({ healthy: true });
  });

  it("a wrong key is a matter of configuration, and is told to nobody", async () => {
    const agent = await startAgent({ sandbox: true });
    const { channel, plugin, logged } = await setUp({
      way: "orchestrator",
      baseUrl: agent.url,
      trustedOrigins: [agent.url],
      apiKey: "a-wrong-service-key",
    });
    const result = await send(channel);
    expect(result.outcome).toBe("misconfigured");
    await expect(plugin.getInbox()).rejects.toMatchObject({ code: "unavailable" });
    await eventually(() => expect(logged()).toContain("lost"));
    expect(JSON.stringify(result) + logged()).not.toContain("a-wrong-service-key");
  });
});

describe("an e-mail agent of the seed's contract", () => {
  async function withServer(failure?: Failure) {
    const far = await agentServer(failure && { failure });
    atEnd(() => far.close());
    const up = await setUp({
      way: "orchestrator",
      baseUrl: far.url,
      trustedOrigins: [far.url],
      apiKey: key,
      reconnectDelayMs: 10,
    });
    return { far, ...up };
  }

  it("is sent what its contract names", async () => {
    const { far, channel } = await withServer();
    await send(channel, { content: "Hello", trigger: "stuck", reason: "idle", urgency: "critical" });
    expect(far.sends).toEqual([
      {
        to: "ada@example.com",
        subject: "[URGENT] Alert: stuck",
        body: `Hello\n\n-- \nSession: ${sessionId}\nTrigger: stuck\nReason: idle`,
        sessionToken: sessionId,
        metadata: {
          deliveryId: "delivery_1",
          idempotencyKey: "key_1",
          urgency: "critical",
          trigger: "stuck",
          reason: "idle",
        },
      },
    ]);
  });

  it.each([
    [
      { status: 422, body: { success: false, outcome: "permanent", suppress: true } },
      "permanent",
      { suppress: true },
    ],
    [{ status: 503, headers: { "retry-after": "7" } }, "retryable", { retryAfterMs: 7_000 }],
    [{ status: 429 }, "retryable", {}],
    [{ status: 500 }, "ambiguous", {}],
    [{ status: 200, body: { success: false } }, "permanent", {}],
    [{ status: 200, body: [] }, "ambiguous", {}],
    [{ status: 404 }, "misconfigured", {}],
    [{ status: 413 }, "permanent", {}],
    [{ status: 504, body: { outcome: "ambiguous" } }, "ambiguous", {}],
  ] as const)("that answers %j is understood as %s", async (failure, outcome, more) => {
    const { channel } = await withServer(failure);
    expect(await send(channel)).toEqual({ outcome, reason: expect.any(String), ...more });
  });

  it("that tells of a mail without its text is asked for it", async () => {
    const { far, recording } = await withServer();
    await eventually(() => expect(far.said).toHaveLength(1));
    far.inbox = [
      { messageId: "<a@example.org>", subject: "Hi", from: "ada@example.org", text: "All of it." },
    ];
    far.tell({
      type: "listener_log",
      data: {
        eventType: "email_received",
        messageId: "<a@example.org>",
        subject: "Hi",
        from: "ada@example.org",
      },
    });
    await eventually(() => expect(recording.received).toHaveLength(1));
    expect(recording.received[0]?.text).toBe("All of it.");
  });

  it.each([
    ["5.1.1", { status: "bounced", reason: "refused for good, status 5.1.1", suppress: true }],
    ["4.4.7", { status: "bounced", reason: "undelivered, status 4.4.7" }],
  ])("that tells of a bounce with %s moves its delivery", async (bounceStatus, expected) => {
    const { far, recording } = await withServer();
    await eventually(() => expect(far.sockets()).toBe(1));
    far.tell({
      type: "listener_log",
      data: {
        eventType: "email_received",
        messageId: "<dsn@example.org>",
        kind: "bounce",
        text: "It came back.",
        bouncedMessageId: "<1@example.com>",
        bounceStatus,
      },
    });
    await eventually(() =>
      expect(recording.reports).toEqual([{ channel: "email", externalId: "<1@example.com>", ...expected }]),
    );
  });
});

describe("with the public demo of an e-mail agent", () => {
  const row = (id: string, more: object = {}) => ({
    message_id: `<${id}@example.org>`,
    in_reply_to: null,
    email_references: null,
    subject: "Re: Hello",
    from_address: "ada@example.com",
    from_name: "Ada",
    to_addresses: "help@example.com",
    date_sent: "2026-11-25T10:00:00.000Z",
    body_text: `Text of ${id}.`,
    is_read: 0,
    ...more,
  });

  async function withDemo(sends: boolean) {
    const far = await agentServer({ profile: "public-demo" });
    atEnd(() => far.close());
    const smtp = await startSmtp();
    atEnd(() => smtp.close());
    const { from, smtp: server } = smtpConfig(smtp.port);
    const up = await setUp({
      way: "public-demo",
      baseUrl: far.url,
      trustedOrigins: [far.url],
      ...(sends && { sender: { from, smtp: server, tokenKeys } }),
    });
    await eventually(() => expect(far.sockets()).toBe(1));
    return { far, smtp, ...up };
  }

  it("nothing can be sent without a sender, and the hub takes another channel", async () => {
    const { channel, plugin, far } = await withDemo(false);
    far.inbox = [row("b"), row("a")];
    expect(channel.canReach?.({ id: "ada", email: "ada@example.com", available: true })).toBe(false);
    expect(await send(channel)).toMatchObject({ outcome: "misconfigured" });
    expect((await plugin.getInbox(1)).map(({ text }) => text)).toEqual(["Text of b."]);
    expect(await plugin.searchEmails("text")).toHaveLength(2);
    expect(await plugin.checkHealth()).toEqual({ healthy: true });
  });

  it("mail leaves by SMTP, and answers are told once, however often the inbox is repeated", async () => {
    const { channel, far, smtp, recording } = await withDemo(true);
    await send(channel);
    const id = headerOf(smtp.taken[0]?.raw ?? "", "Message-ID");
    const emails = [
      row("away", { raw_headers: '{"auto-submitted":"auto-replied"}' }),
      row("answer", { in_reply_to: id, body_text: "Yes." }),
      row("own", { message_id: id, from_address: "help@example.com" }),
    ];
    for (let repeat = 0; repeat < 3; repeat += 1) far.tell({ type: "inbox_update", emails });
    far.tell({ type: "inbox_update", emails: [row("last"), ...emails] });
    await eventually(() =>
      expect(recording.received.map(({ text }) => text)).toEqual(["Yes.", "Text of last."]),
    );
    expect(recording.received[0]).toMatchObject({
      session: sessionId,
      inReplyTo: id,
      from: "ada@example.com",
    });
  });
});
