import { createOrchestrator, type OrchestratorOptions } from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import { createSecret } from "@hybrid-orchestrator/signatures";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { describe, expect, it } from "vitest";
import { rawMail, startMailbox } from "../../mail/test/support/imap.js";
import { startSmtp } from "../../mail/test/support/smtp.js";
import { emailChannel } from "../src/index.js";
import { atEnd, clock, eventually, headerOf, imapConfig, smtpConfig } from "./harness.js";

async function world(options: Partial<OrchestratorOptions> = {}) {
  const mailbox = await startMailbox();
  atEnd(() => mailbox.close());
  const smtp = await startSmtp();
  atEnd(() => smtp.close());
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    clock,
    plugins: [emailChannel(smtpConfig(smtp.port, { imap: imapConfig(mailbox.port) }))],
    ...options,
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
  return { orchestrator, mailbox, smtp, session, mail, said };
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

describe("a worker who is called by mail", () => {
  const path = "/hooks/escalations/acknowledge";

  async function called() {
    const made = await world({
      escalation: {
        policies: {
          support: {
            levels: [{ targets: [{ worker: "ann" }], waitSeconds: 600 }],
            onExhausted: { action: "back_to_ai" },
            announcements: { waiting: null, human: null },
          },
        },
        acknowledge: {
          keys: [{ id: 1, secret: createSecret() }],
          url: `https://app.example${path}?token={token}`,
        },
      },
    });
    const { orchestrator, smtp } = made;
    await orchestrator.workers.register({ id: "ann", name: "ANN", contact: { email: "Ann@example.com" } });
    await orchestrator.workers.setPresence("ann", "online");
    const { id: session } = await made.session();
    const { id } = await orchestrator.escalations.open(session, { reason: "stuck" });
    await eventually(() => expect(smtp.taken.length).toBeGreaterThan(0));
    const raw = smtp.taken[0]?.raw ?? "";
    const holder = async () => (await orchestrator.escalations.get(id)).holder?.worker ?? null;
    return { ...made, session, raw, holder };
  }

  it("takes it by the link: whoever scans the mail changes nothing, the button on the page does", async () => {
    const { orchestrator, raw, holder } = await called();
    const server = createServer({ orchestrator });
    atEnd(() => server.close());
    const { url } = await server.listen({ port: 0 });
    // Undoes quoted-printable: RFC 2045, 6.7.
    const text = raw
      .replace(/=\r\n/g, "")
      .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    const link = url + (/https:\/\/app\.example([^\s"<]+)/.exec(text)?.[1] ?? "");
    expect((await fetch(link)).status).toBe(200);
    expect(await holder()).toBeNull();
    expect((await fetch(link, { method: "POST" })).status).toBe(200);
    expect(await holder()).toBe("ann");
  });

  it("takes it by answering YES to that very mail, and nobody else does in their name", async () => {
    const { mailbox, raw, holder, said, session } = await called();
    const messageId = headerOf(raw, "Message-ID");
    const answer = (name: string, headers: Record<string, string>, text: string) =>
      mailbox.deliver(rawMail({ "Message-ID": `<${name}@example.com.invalid>`, ...headers }, text));
    // The sender alone is what anybody can write; and somebody else who has the mail is not Ann.
    answer("a", { From: "ann@example.com" }, "YES");
    answer("b", { From: "eve@example.com", "In-Reply-To": messageId }, "YES");
    answer("c", { From: "ann@example.com", "In-Reply-To": messageId }, "YES\r\n\r\n> Somebody is wanted");
    await eventually(async () => expect(await holder()).toBe("ann"));
    answer("d", { From: "ann@example.com", "In-Reply-To": messageId }, "Hello, I am Ann.");
    await eventually(async () => expect(await said(session)).toEqual(["Hello, I am Ann."]));
  });
});
