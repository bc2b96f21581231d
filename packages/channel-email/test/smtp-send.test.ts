import PostalMime from "postal-mime";
import { describe, expect, it } from "vitest";
import { startScriptedSmtp, startSmtp } from "../../mail/test/support/smtp.js";
import { atEnd, clock, headerOf, ours, password, send, sessionId, setUp, smtpConfig } from "./harness.js";

async function withServer(changes: Parameters<typeof smtpConfig>[1] = {}) {
  const smtp = await startSmtp();
  atEnd(() => smtp.close());
  return { smtp, ...(await setUp(smtpConfig(smtp.port, changes))) };
}

/** A server that answers one step of the conversation otherwise. */
async function withAnswer(step: RegExp, answer: string) {
  const server = await startScriptedSmtp((line) => {
    if (step.test(line)) return answer;
    if (/^EHLO/i.test(line)) return "250-example\r\n250 ENHANCEDSTATUSCODES";
    return /^DATA/i.test(line) ? "354 go on" : "250 2.0.0 ok";
  });
  atEnd(() => server.close());
  return await setUp(smtpConfig(server.port));
}

describe("a mail that leaves by SMTP", () => {
  it("has text and HTML, and headers by which an answer finds its session", async () => {
    const { channel, smtp } = await withServer({
      replyAddress: "reply@example.com",
      publicUrl: "https://hooks.example.com/in",
    });
    const result = await send(channel, {
      content: "Is <b> & co. right? See https://example.com/a?b=1&c=2.\nThanks",
      urgency: "high",
      trigger: "stuck",
      reason: "no activity",
    });
    const raw = smtp.taken[0]?.raw ?? "";
    expect(result).toEqual({ outcome: "sent", externalId: headerOf(raw, "Message-ID") });
    const mail = await PostalMime.parse(raw);
    expect(mail.subject).toBe("[Important] Alert: stuck");
    expect(mail.from).toMatchObject({ address: ours, name: "Example Help" });
    expect(mail.text?.trimEnd()).toBe(
      `Is <b> & co. right? See https://example.com/a?b=1&c=2.\nThanks\n\n-- \nSession: ${sessionId}\nTrigger: stuck\nReason: no activity`,
    );
    expect(mail.html).toContain(
      'Is &lt;b&gt; &amp; co. right? See <a href="https://example.com/a?b=1&amp;c=2">https://example.com/a?b=1&amp;c=2</a>.<br>',
    );
    expect(headerOf(raw, "Message-ID")).toMatch(/^<[0-9a-f]{32}\.[a-z2-7]{53}@example\.com>$/);
    expect(headerOf(raw, "Reply-To")).toMatch(/reply\+[a-z2-7]{53}@example\.com/);
    expect(headerOf(raw, "In-Reply-To")).toBe(headerOf(raw, "References"));
    expect(headerOf(raw, "Auto-Submitted")).toBe("auto-generated");
    expect(headerOf(raw, "List-Unsubscribe")).toMatch(
      /^<https:\/\/hooks\.example\.com\/in\/hooks\/email\/unsubscribe\?token=[\w-]+>$/,
    );
    expect(headerOf(raw, "List-Unsubscribe-Post")).toBe("List-Unsubscribe=One-Click");
  });

  it("stands in its session's thread, and keeps its Message-ID over all tries", async () => {
    const { channel, smtp } = await withServer();
    const createdAt = clock.now();
    await send(channel, { createdAt }, "one");
    await send(channel, { createdAt }, "one");
    await send(channel, { createdAt }, "two");
    await send(channel, { createdAt, sessionId: "0199a3c0-7c1b-7abc-8def-0123456789ff" }, "three");
    const ids = smtp.taken.map(({ raw }) => headerOf(raw, "Message-ID"));
    const threads = smtp.taken.map(({ raw }) => headerOf(raw, "References"));
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(3);
    expect(threads.slice(0, 3)).toEqual([threads[0], threads[0], threads[0]]);
    expect(threads[3]).not.toBe(threads[0]);
  });

  it.each([
    ["subject", { subject: "Hi\r\nBcc: evil@example.org\r\n\r\nbody" }],
    ["trigger", { trigger: "x\r\nBcc: evil@example.org" }],
    ["text", { content: "Hello\r\n.\r\nMAIL FROM:<evil@example.org>\r\n" }],
  ])("cannot be given headers or recipients by its %s", async (_, changes) => {
    const { channel, smtp } = await withServer();
    expect(await send(channel, changes)).toMatchObject({ outcome: "sent" });
    expect(smtp.taken).toHaveLength(1);
    expect(smtp.taken[0]?.to).toEqual(["ada@example.com"]);
    expect(headerOf(smtp.taken[0]?.raw ?? "", "Bcc")).toBe("");
  });

  it.each([
    "ada@example.com, evil@example.org",
    "ada@example.com\r\nBcc: evil@example.org",
    "Ada <ada@example.com>",
    "ada",
    "@example.com",
  ])("goes to no such address: %j", async (email) => {
    const { channel, smtp } = await withServer();
    const recipient = { id: "x", email, available: true };
    expect(channel.canReach?.(recipient)).toBe(false);
    expect(await send(channel, { recipient })).toMatchObject({ outcome: "permanent" });
    expect(smtp.taken).toEqual([]);
  });

  it("tells workers alone of trigger and reason, where that is asked for", async () => {
    const { channel, smtp } = await withServer({
      footerFor: "workers",
      publicUrl: "https://hooks.example.com",
    });
    await send(channel, { reason: "because", audience: "user" });
    await send(channel, { reason: "because", audience: "worker" });
    expect(smtp.taken.map(({ raw }) => raw.includes("because"))).toEqual([false, true]);
    expect(smtp.taken.map(({ raw }) => headerOf(raw, "List-Unsubscribe") !== "")).toEqual([true, false]);
  });
});

describe("an SMTP server's refusal", () => {
  it.each([
    [/^RCPT/i, "550 5.1.1 <ada@example.com>: no such user", { outcome: "permanent", suppress: true }],
    [/^RCPT/i, "553 5.1.3 bad address", { outcome: "permanent", suppress: true }],
    [/^RCPT/i, "550 5.7.1 blocked", { outcome: "permanent" }],
    [/^RCPT/i, "550 no such user", { outcome: "permanent" }],
    [/^MAIL/i, "550 5.1.8 bad sender", { outcome: "permanent" }],
    [/^RCPT/i, "452 4.2.2 mailbox full", { outcome: "retryable" }],
    [
      /^RCPT/i,
      "451 4.7.1 greylisted, try again in 300 seconds",
      { outcome: "retryable", retryAfterMs: 300_000 },
    ],
    [/^\.$/, "554 5.6.0 not like this", { outcome: "permanent" }],
    [/^\.$/, "hang up", { outcome: "ambiguous", externalId: expect.stringContaining("@example.com>") }],
    [/^DATA/i, "hang up", { outcome: "retryable" }],
    [/^MAIL/i, "530 5.7.0 authentication required", { outcome: "misconfigured" }],
  ])("at %s with %s", async (step, answer, expected) => {
    const { channel, logged } = await withAnswer(step, answer);
    const result = await send(channel);
    expect(result).toEqual({ ...expected, reason: expect.any(String) });
    expect(JSON.stringify(result) + logged()).not.toContain("ada@example.com");
  });

  it("of the account is a matter of configuration, and its password is told to nobody", async () => {
    const smtp = await startSmtp({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, callback) => callback(Object.assign(new Error("no"), { responseCode: 535 })),
    });
    atEnd(() => smtp.close());
    const { channel, logged } = await setUp(
      smtpConfig(smtp.port, {
        smtp: { host: "127.0.0.1", port: smtp.port, security: "none", user: "us", password },
      }),
    );
    const result = await send(channel);
    expect(result.outcome).toBe("misconfigured");
    expect(await channel.health?.()).toMatchObject({ healthy: false });
    expect(JSON.stringify(result) + logged()).not.toContain(password);
  });

  it("of nothing: the health check says so", async () => {
    const { channel, smtp } = await withServer();
    expect(await channel.health?.()).toEqual({ healthy: true });
    expect(smtp.taken).toEqual([]);
  });
});
