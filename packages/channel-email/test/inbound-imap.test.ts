import type { InboundMessage } from "@hybrid-orchestrator/core";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { beforeEach, describe, expect, it } from "vitest";
import { rawMail, startMailbox, type TestMailbox } from "../../mail/test/support/imap.js";
import { startSmtp, type TestSmtp } from "../../mail/test/support/smtp.js";
import {
  atEnd,
  clock,
  eventually,
  headerOf,
  imapConfig,
  ours,
  type SetUp,
  send,
  sessionId,
  setUp,
  smtpConfig,
} from "./harness.js";

let mailbox: TestMailbox;
let smtp: TestSmtp;
beforeEach(async () => {
  mailbox = await startMailbox();
  atEnd(() => mailbox.close());
  smtp = await startSmtp();
  atEnd(() => smtp.close());
});

async function watched(
  changes: Parameters<typeof smtpConfig>[1] = {},
  receive?: Parameters<typeof setUp>[1],
): Promise<SetUp> {
  return setUp(smtpConfig(smtp.port, { imap: imapConfig(mailbox.port), ...changes }), receive);
}

/** Sends a mail and gives its headers, as an answer names them. */
async function sent({ channel }: SetUp, key = "key_1") {
  await send(channel, {}, key);
  const raw = smtp.taken.at(-1)?.raw ?? "";
  return {
    raw,
    id: headerOf(raw, "Message-ID"),
    root: headerOf(raw, "References"),
    replyTo: /<([^>]+)>/.exec(headerOf(raw, "Reply-To"))?.[1] ?? headerOf(raw, "Reply-To"),
  };
}

let mails = 0;
function answer(headers: Record<string, string>, text: string): string {
  mails += 1;
  return rawMail({ "Message-ID": `<answer-${mails}@example.org>`, Subject: "Re: Hello", ...headers }, text);
}

async function taken({ recording }: SetUp, count: number): Promise<readonly InboundMessage[]> {
  await eventually(() => expect(recording.received).toHaveLength(count));
  return recording.received;
}

describe("an answer that comes by IMAP", () => {
  it("finds its session by the headers, without the quoted mail", async () => {
    const up = await watched();
    const { id, root } = await sent(up);
    mailbox.deliver(
      answer(
        { From: "Ada <Ada@Example.org>", "In-Reply-To": id, References: `${root} ${id}` },
        "Yes, please.\r\n\r\nOn Wed, 25 Nov 2026 at 10:00, Example Help <help@example.com> wrote:\r\n> Do you need help?\r\n",
      ),
    );
    expect(await taken(up, 1)).toEqual([
      {
        channel: "email",
        unproven: true,
        externalId: expect.stringMatching(/^<answer-\d+@example\.org>$/),
        session: sessionId,
        inReplyTo: id,
        from: "ada@example.org",
        text: "Yes, please.",
        data: { subject: "Re: Hello" },
        occurredAt: Date.UTC(2026, 10, 25, 10),
      },
    ]);
  });

  it("finds its session by the address alone, whose case mail systems change", async () => {
    const up = await watched({ replyAddress: "reply@example.com" });
    const { replyTo } = await sent(up);
    mailbox.deliver(answer({ To: replyTo.toUpperCase() }, "Yes."));
    mailbox.deliver(answer({ "Delivered-To": replyTo }, "No."));
    expect((await taken(up, 2)).map(({ session }) => session)).toEqual([sessionId, sessionId]);
  });

  it("names no session with a token that is forged, of another key, or too old", async () => {
    const up = await watched({ tokenDays: 1 });
    const { id } = await sent(up);
    await send(up.channel, { createdAt: clock.now() - 2 * 86_400_000 }, "old");
    const old = headerOf(smtp.taken.at(-1)?.raw ?? "", "Message-ID");
    const forged = id.replace(/\.([a-z2-7])/, (_, first) => `.${first === "a" ? "b" : "a"}`);
    for (const inReplyTo of [old, forged, id.replace("@example.com", "@example.net")])
      mailbox.deliver(answer({ "In-Reply-To": inReplyTo }, "STOP"));
    const messages = await taken(up, 3);
    expect(messages.map(({ session, intent }) => [session, intent])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it.each([
    ["Stop.", "Re: Hello", "opt_out"],
    ["unsubscribe", "Re: Hello", "opt_out"],
    ["", "unsubscribe", "opt_out"],
    ["START", "Re: Hello", "opt_in"],
    ["human", "Re: Hello", "human"],
    ["Don't stop", "Re: Hello", undefined],
  ])("%j with the subject %j wants %s", async (text, subject, intent) => {
    const up = await watched();
    const { id } = await sent(up);
    mailbox.deliver(answer({ Subject: subject, "In-Reply-To": id }, text));
    expect((await taken(up, 1))[0]?.intent).toBe(intent);
  });

  it("of a machine, or our own come back, is none", async () => {
    const up = await watched();
    const { id, raw } = await sent(up);
    mailbox.deliver(answer({ "In-Reply-To": id, "Auto-Submitted": "auto-replied" }, "I am away."));
    mailbox.deliver(answer({ "In-Reply-To": id, Precedence: "bulk" }, "A list."));
    mailbox.deliver(raw);
    mailbox.deliver(answer({ "In-Reply-To": id }, "Me."));
    expect((await taken(up, 1))[0]?.text).toBe("Me.");
  });
});

it("a mail from the future came now", async () => {
  const up = await watched();
  mailbox.deliver(answer({ Date: "Fri, 1 Jan 2100 00:00:00 +0000" }, "Ahead."));
  const before = clock.now() + 60_000;
  expect((await taken(up, 1))[0]?.occurredAt).toBeLessThan(before);
});

describe("a mailbox", () => {
  it("gives what came before the start, and each mail once over a lost connection", async () => {
    mailbox.deliver(answer({}, "Before."));
    const up = await watched();
    await taken(up, 1);
    mailbox.cut();
    mailbox.deliver(answer({}, "Meanwhile."));
    mailbox.deliver(answer({}, "Later."));
    expect((await taken(up, 3)).map(({ text }) => text)).toEqual(["Before.", "Meanwhile.", "Later."]);
  });

  it("gives a mail again until it was taken in, and then goes on", async () => {
    let tries = 0;
    const up = await watched({}, () => {
      tries += 1;
      if (tries < 3) throw new OrchestratorError("storage_busy", "Busy.");
      return { status: "recorded", sessionId };
    });
    mailbox.deliver(answer({}, "First."));
    mailbox.deliver(answer({}, "Second."));
    expect((await taken(up, 4)).map(({ text }) => text)).toEqual(["First.", "First.", "First.", "Second."]);
  });

  it("passes over a mail that can never be taken in", async () => {
    const up = await watched({}, ({ text }) => {
      if (text === "Poison.") throw new OrchestratorError("invalid_argument", "Of ada@example.org.");
      return { status: "recorded", sessionId };
    });
    mailbox.deliver(answer({}, "Poison."));
    mailbox.deliver(answer({}, "Fine."));
    await taken(up, 2);
    expect(up.logged()).toContain("mail cannot be taken in");
    expect(up.logged()).not.toContain("ada@example.org");
  });

  it("that is numbered anew gives all of late again, and what is new", async () => {
    const up = await watched();
    mailbox.deliver(answer({}, "Old."));
    const [old] = await taken(up, 1);
    const folder = mailbox.server.getMailbox("INBOX");
    folder.uidvalidity += 1;
    mailbox.cut();
    mailbox.deliver(answer({}, "New."));
    const again = await taken(up, 3);
    expect(again[1]?.externalId).toBe(old?.externalId);
    expect(again[2]?.text).toBe("New.");
  });

  it("can be listed and searched", async () => {
    mailbox.deliver(answer({ Subject: "Apples" }, "One."));
    mailbox.deliver(answer({ Subject: "Pears" }, "Two."));
    const up = await watched();
    await taken(up, 2);
    expect((await up.plugin.getInbox(1)).map(({ subject }) => subject)).toEqual(["Pears"]);
    expect((await up.plugin.searchEmails("apples")).map(({ text }) => text)).toEqual(["One."]);
    expect(await up.plugin.checkHealth()).toEqual({ healthy: true });
    await expect(up.plugin.searchEmails("a\r\nb")).rejects.toMatchObject({ code: "invalid_argument" });
    await expect(up.plugin.getInbox(0)).rejects.toMatchObject({ code: "invalid_argument" });
  });

  it("is not there before the start: it says so", async () => {
    const up = await watched();
    await up.recording.stop();
    await expect(up.plugin.getInbox()).rejects.toMatchObject({ code: "not_running" });
  });
});

describe("a mail about a mail of ours", () => {
  function report(fields: string, returned: string): string {
    return [
      "From: MAILER-DAEMON@mx.example.org",
      `To: ${ours}`,
      `Message-ID: <dsn-${++mails}@mx.example.org>`,
      "Auto-Submitted: auto-replied",
      'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
      "",
      "--b",
      "Content-Type: text/plain",
      "",
      "About your mail.",
      "--b",
      "Content-Type: message/delivery-status",
      "",
      "Reporting-MTA: dns; mx.example.org",
      "",
      "Final-Recipient: rfc822; ada@example.com",
      fields,
      "",
      "--b",
      "Content-Type: text/rfc822-headers",
      "",
      returned.split("\r\n\r\n", 1)[0] ?? "",
      "--b--",
      "",
    ].join("\r\n");
  }

  it.each([
    [
      "Action: failed\r\nStatus: 5.1.1",
      { status: "bounced", reason: "refused for good, status 5.1.1", suppress: true },
    ],
    [
      "Action: FAILED\r\nStatus: 5.7.1 (filtered)",
      { status: "bounced", reason: "refused for good, status 5.7.1" },
    ],
    ["Action: failed\r\nStatus: 4.4.7", { status: "bounced", reason: "undelivered, status 4.4.7" }],
    ["Action: failed", { status: "bounced", reason: "undelivered" }],
    ["Action: delivered\r\nStatus: 2.0.0", { status: "delivered" }],
  ])("moves its delivery: %j", async (fields, expected) => {
    const up = await watched();
    const { raw, id } = await sent(up);
    mailbox.deliver(report(fields, raw));
    await eventually(() =>
      expect(up.recording.reports).toEqual([{ channel: "email", externalId: id, ...expected }]),
    );
    expect(up.recording.received).toEqual([]);
  });

  it("moves nothing when it is only late, or about another's", async () => {
    const up = await watched();
    const { raw, id } = await sent(up);
    mailbox.deliver(report("Action: delayed\r\nStatus: 4.4.1", raw));
    mailbox.deliver(report("Action: failed\r\nStatus: 5.1.1", raw.replace(/\.[a-z2-7]{53}@/, ".x@")));
    mailbox.deliver(report("Action: failed\r\nStatus: 5.2.2", raw));
    await eventually(() => expect(up.recording.reports).toHaveLength(1));
    expect(up.recording.reports).toEqual([
      { channel: "email", externalId: id, status: "bounced", reason: "refused for good, status 5.2.2" },
    ]);
  });
});
