import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rawMail, startMailbox, type TestMailbox } from "../../../packages/mail/test/support/imap.js";
import type { Mail } from "../src/index.js";
import { startAgent, type TestAgent, type TestSocket } from "./support/agent.js";

let mailbox: TestMailbox;
beforeEach(async () => {
  mailbox = await startMailbox();
});
afterEach(() => mailbox.close());

async function watched(settings: object = {}): Promise<TestAgent & { readonly socket: TestSocket }> {
  const agent = await startAgent(
    {
      smtpHost: "127.0.0.1",
      smtpSecurity: "none",
      imapHost: "127.0.0.1",
      imapPort: mailbox.port,
      imapSecurity: "none",
      imapUser: "testuser",
      imapPassword: "testpass",
      imapPollSeconds: 1,
      imapTimeoutSeconds: 2,
      ...settings,
    },
    { random: () => 0 },
  );
  const socket = await agent.listen("orchestrator_events");
  await agent.logs.line("mailbox connected");
  return { ...agent, socket };
}

describe("the watched mailbox", () => {
  it("tells of a mail that arrives, with all of its contract's fields, and not of those that were there", async () => {
    mailbox.deliver(rawMail({ "Message-ID": "<old@example.org>", Subject: "Old" }));
    const { socket } = await watched({ imapPollSeconds: 60 });
    mailbox.deliver(
      rawMail(
        {
          "Message-ID": "<new@example.org>",
          Subject: "=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
          To: "agent@example.com, b@example.com",
        },
        "Where is it?\r\n\r\n> quoted",
      ),
    );
    const event = await socket.event("email_received");
    expect(event).toMatchObject({
      eventType: "email_received",
      messageId: "<new@example.org>",
      subject: "Grüße",
      from: "ada@example.org",
      fromName: "Ada",
      to: "agent@example.com, b@example.com",
      kind: "message",
      text: "Where is it?\n\n> quoted",
      threadId: null,
    });
    expect(new Date(event.timestamp).getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(socket.events()).toHaveLength(1);
  });

  it("tells of a star and of archiving, and not of deleting", async () => {
    for (const name of ["a", "b", "c"])
      mailbox.deliver(rawMail({ "Message-ID": `<${name}@example.org>`, Subject: name }));
    const { socket } = await watched();
    await mailbox.asUser(async (client) => {
      await client.messageFlagsAdd("1", ["\\Flagged"], { uid: true });
      await client.messageMove("2", "Trash", { uid: true });
      await client.messageMove("3", "Archive", { uid: true });
    });
    expect(await socket.event("email_archived")).toMatchObject({
      messageId: "<c@example.org>",
      subject: "c",
    });
    expect(await socket.event("email_starred")).toMatchObject({
      messageId: "<a@example.org>",
      from: "ada@example.org",
      to: "agent@example.com",
    });
    mailbox.deliver(rawMail({ "Message-ID": "<d@example.org>" }));
    await socket.event("email_received");
    expect(socket.events()).toHaveLength(3);
  });
});

it("goes on watching when the archive's name is wrong", async () => {
  mailbox.deliver(rawMail({ "Message-ID": "<a@example.org>" }));
  const { socket, logs } = await watched({ imapArchive: "Nowhere" });
  await mailbox.asUser((client) => client.messageMove("1", "Archive", { uid: true }));
  await logs.line("archive mailbox cannot be opened");
  mailbox.deliver(rawMail({ "Message-ID": "<b@example.org>" }));
  await socket.event("email_received");
  expect(logs.lines.filter(({ message }) => message === "mailbox lost")).toEqual([]);
});

describe("a connection that fails", () => {
  it("comes back and tells what happened in between, once", async () => {
    mailbox.deliver(rawMail({ "Message-ID": "<a@example.org>" }));
    const { socket, logs } = await watched();
    mailbox.cut();
    mailbox.deliver(rawMail({ "Message-ID": "<b@example.org>" }));
    await logs.line("mailbox lost");
    await logs.line("mailbox connected");
    expect((await socket.event("email_received")).messageId).toBe("<b@example.org>");
    mailbox.cut();
    await logs.line("mailbox connected");
    mailbox.deliver(rawMail({ "Message-ID": "<c@example.org>" }));
    expect((await socket.event("email_received")).messageId).toBe("<c@example.org>");
    expect(socket.events().map(({ messageId }) => messageId)).toEqual(["<b@example.org>", "<c@example.org>"]);
  });

  it("is left when it has fallen silent", async () => {
    const { socket, logs } = await watched();
    mailbox.freeze();
    mailbox.deliver(rawMail({ "Message-ID": "<a@example.org>" }));
    expect((await logs.line("mailbox lost")).error).toMatch(/did not answer in time/);
    mailbox.thaw();
    expect((await socket.event("email_received")).messageId).toBe("<a@example.org>");
  });

  it("answers requests with 503 in the meantime, and health says so", async () => {
    const agent = await watched();
    expect(await (await agent.get("/api/health")).json()).toEqual({ status: "ok", inbox: "connected" });
    mailbox.freeze();
    await agent.logs.line("mailbox lost");
    const response = await agent.get("/api/emails/inbox");
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(await (await agent.get("/api/health")).json()).toEqual({
      status: "degraded",
      inbox: "connecting",
    });
  });

  it("whose mailbox is numbered anew tells only of mails that are new", async () => {
    for (const name of ["a", "b"]) mailbox.deliver(rawMail({ "Message-ID": `<${name}@example.org>` }));
    const { socket, logs } = await watched({ imapPollSeconds: 60 });
    const inbox = mailbox.server.getMailbox("INBOX");
    inbox.uidvalidity += 1;
    for (const message of inbox.messages) message.uid += 100;
    inbox.uidnext += 100;
    inbox.messages.find(({ raw }) => raw.includes("<a@"))?.flags.push("\\Flagged");
    mailbox.cut();
    mailbox.deliver(rawMail({ "Message-ID": "<c@example.org>" }));
    await logs.line("mailbox was numbered anew");
    expect((await socket.event("email_received")).messageId).toBe("<c@example.org>");
    expect((await socket.event("email_starred")).messageId).toBe("<a@example.org>");
    expect(socket.events()).toHaveLength(2);
  });

  it("with a wrong password is not tried again at once", async () => {
    const agent = await startAgent(
      {
        smtpHost: "127.0.0.1",
        imapHost: "127.0.0.1",
        imapPort: mailbox.port,
        imapSecurity: "none",
        imapUser: "testuser",
        imapPassword: "a wrong password",
      },
      { random: () => 1 },
    );
    const { error, retryInMs } = await agent.logs.line("mailbox lost");
    expect(retryInMs).toBe(60_000);
    expect(JSON.stringify(error)).not.toContain("a wrong password");
  });

  it("never sends the password where STARTTLS is required and not offered", async () => {
    const agent = await startAgent({
      smtpHost: "127.0.0.1",
      imapHost: "127.0.0.1",
      imapPort: mailbox.port,
      imapSecurity: "starttls",
      imapUser: "testuser",
      imapPassword: "testpass",
    });
    await agent.logs.line("mailbox lost");
    expect(mailbox.commands.join("\n")).not.toMatch(/LOGIN|AUTHENTICATE|testpass/);
  });
});

describe("requests", () => {
  it("list the newest mails first, without marking them as read", async () => {
    for (let number = 1; number <= 5; number += 1)
      mailbox.deliver(
        rawMail({ "Message-ID": `<${number}@example.org>`, Subject: `Mail ${number}` }),
        number === 5 ? ["\\Flagged"] : [],
      );
    const agent = await watched();
    const mails = (await (await agent.get("/api/emails/inbox?limit=3")).json()) as Mail[];
    expect(mails.map(({ subject }) => subject)).toEqual(["Mail 5", "Mail 4", "Mail 3"]);
    expect(mails[0]).toMatchObject({ isRead: false, isStarred: true, text: "Hello." });
    const again = (await (await agent.get("/api/emails/inbox")).json()) as Mail[];
    expect(again).toHaveLength(5);
    expect(again.every(({ isRead }) => !isRead)).toBe(true);
    expect(mailbox.server.getMailbox("INBOX").messages.flatMap(({ flags }) => flags)).toEqual(["\\Flagged"]);
  });

  it("search subjects, senders and texts", async () => {
    mailbox.deliver(rawMail({ "Message-ID": "<1@example.org>", Subject: "Invoice" }));
    mailbox.deliver(rawMail({ "Message-ID": "<2@example.org>", Subject: "Other" }, "see the invoice"));
    mailbox.deliver(rawMail({ "Message-ID": "<3@example.org>", Subject: "None" }));
    const agent = await watched();
    const found = (await (await agent.post("/api/emails/search", { query: "invoice" })).json()) as Mail[];
    expect(found.map(({ messageId }) => messageId)).toEqual(["<2@example.org>", "<1@example.org>"]);
  });

  it("are answered while mails come in, and hide none", async () => {
    const agent = await watched({ imapPollSeconds: 60 });
    for (let number = 1; number <= 20; number += 1) {
      mailbox.deliver(rawMail({ "Message-ID": `<${number}@example.org>` }));
      expect((await agent.get("/api/emails/inbox?limit=1")).status).toBe(200);
    }
    for (let number = 1; number <= 20; number += 1)
      expect((await agent.socket.event("email_received")).messageId).toBe(`<${number}@example.org>`);
    expect(agent.socket.events()).toHaveLength(20);
  });

  it("of an empty mailbox list nothing", async () => {
    const agent = await watched();
    expect(await (await agent.get("/api/emails/inbox")).json()).toEqual([]);
  });
});

it("tells of more mails than the window holds", async () => {
  mailbox.deliver(rawMail({ "Message-ID": "<0@example.org>" }));
  const { socket } = await watched({ imapWindow: 3 });
  mailbox.cut();
  for (let number = 1; number <= 30; number += 1)
    mailbox.deliver(rawMail({ "Message-ID": `<${number}@example.org>` }));
  for (let number = 1; number <= 30; number += 1) await socket.event("email_received");
  expect(new Set(socket.events().map(({ messageId }) => messageId)).size).toBe(30);
});

it("tells none of many mails twice when the connection breaks in their midst", async () => {
  mailbox.deliver(rawMail({ "Message-ID": "<0@example.org>" }));
  const { socket, logs } = await watched();
  let told = 0;
  logs.onLine = (message) => {
    if (message !== "event") return;
    told += 1;
    if (told === 1 || told === 21) mailbox.cut();
  };
  mailbox.cut();
  for (let number = 1; number <= 50; number += 1)
    mailbox.deliver(rawMail({ "Message-ID": `<${number}@example.org>` }));
  for (let number = 1; number <= 50; number += 1)
    expect((await socket.event("email_received")).messageId).toBe(`<${number}@example.org>`);
  for (let cuts = 0; cuts < 3; cuts += 1) await logs.line("mailbox lost");
  expect(told).toBe(50);
});

it("logs out when it stops", async () => {
  const { agent, logs } = await watched();
  expect(await agent.stop()).toEqual({ drained: true });
  expect(mailbox.commands.at(-1)).toMatch(/LOGOUT/);
  expect(logs.lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
});
