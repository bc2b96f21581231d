import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { describe, expect, it } from "vitest";
import { rawMail, startMailbox } from "../../mail/test/support/imap.js";
import { startSmtp } from "../../mail/test/support/smtp.js";
import { emailChannel } from "../src/index.js";
import { atEnd, clock, eventually, headerOf, imapConfig, smtpConfig } from "./harness.js";

async function world() {
  const mailbox = await startMailbox();
  atEnd(() => mailbox.close());
  const smtp = await startSmtp();
  atEnd(() => smtp.close());
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    clock,
    plugins: [emailChannel(smtpConfig(smtp.port, { imap: imapConfig(mailbox.port) }))],
  });
  atEnd(() => orchestrator.stop());
  await orchestrator.start();
  const session = () => orchestrator.createSession({ recipient: { id: "ada", email: "ada@example.com" } });

  async function mail(id: string, content: string) {
    const before = smtp.taken.length;
    const { deliveryId } = await orchestrator.send(id, { content, channel: "email" });
    await eventually(async () => expect((await orchestrator.getDelivery(deliveryId)).status).toBe("sent"));
    expect(smtp.taken).toHaveLength(before + 1);
    const raw = smtp.taken.at(-1)?.raw ?? "";
    return { deliveryId, raw, messageId: headerOf(raw, "Message-ID") };
  }
  const said = async (id: string) =>
    (await orchestrator.listActivities({ id }, { limit: 20 })).items
      .filter(({ type }) => type === "message")
      .map(({ data }) => data.text);
  return { orchestrator, mailbox, session, mail, said };
}

describe("with an orchestrator", () => {
  it("an answer lands in the session it answers, once, and not in the one that wrote last", async () => {
    const { mailbox, session, mail, said } = await world();
    const [first, second] = [await session(), await session()];
    const { messageId } = await mail(first.id, "First");
    await mail(second.id, "Second");
    const answer = rawMail(
      { From: "ada@example.com", "Message-ID": "<a@example.com.invalid>", "In-Reply-To": messageId },
      "Yes.",
    );
    mailbox.deliver(answer);
    mailbox.cut();
    mailbox.deliver(answer);
    mailbox.deliver(rawMail({ From: "ada@example.com", "Message-ID": "<b@example.com.invalid>" }, "Hello?"));
    await eventually(async () => expect(await said(second.id)).toEqual(["Hello?"]));
    expect(await said(first.id)).toEqual(["Yes."]);
  });

  it("a bounce moves its delivery and suppresses the address, and a late word of delivery undoes nothing", async () => {
    const { orchestrator, mailbox, session, mail } = await world();
    const { id } = await session();
    const { deliveryId, raw } = await mail(id, "Hello");
    const report = (name: string, action: string, status: string) =>
      [
        "From: MAILER-DAEMON@mx.example.org",
        `Message-ID: <${name}@mx.example.org>`,
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example.org",
        "",
        `Action: ${action}`,
        `Status: ${status}`,
        "",
        "--b",
        "Content-Type: message/rfc822",
        "",
        raw,
        "--b--",
        "",
      ].join("\r\n");
    mailbox.deliver(report("one", "failed", "5.1.1"));
    mailbox.deliver(report("two", "delivered", "2.0.0"));
    mailbox.deliver(rawMail({ From: "ada@example.com", "Message-ID": "<c@example.com.invalid>" }, "Later."));
    await eventually(async () =>
      expect(
        (await orchestrator.listActivities({ id }, { limit: 20 })).items.some(
          ({ data }) => data.text === "Later.",
        ),
      ).toBe(true),
    );
    expect(await orchestrator.getDelivery(deliveryId)).toMatchObject({
      status: expect.stringMatching(/^(failed|bounced)$/),
      attempts: [{ outcome: "permanent", reason: "bounced: refused for good, status 5.1.1" }],
    });
    const { deliveryId: next } = await orchestrator.send(id, { content: "Again", channel: "email" });
    await eventually(async () => expect((await orchestrator.getDelivery(next)).status).toBe("suppressed"));
  });
});
