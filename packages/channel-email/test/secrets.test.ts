import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { expect, it } from "vitest";
import { rawMail, startMailbox } from "../../mail/test/support/imap.js";
import { startSmtp } from "../../mail/test/support/smtp.js";
import { emailChannel } from "../src/index.js";
import {
  atEnd,
  clock,
  eventually,
  imapConfig,
  loggerInto,
  password,
  smtpConfig,
  tokenKeys,
} from "./harness.js";

const ada = "ada.lovelace@example.com";

it("no address, text, password or key gets into logs, events and deliveries, whatever goes wrong", async () => {
  const mailbox = await startMailbox();
  atEnd(() => mailbox.close());
  const refusals = [
    Object.assign(new Error(`5.1.1 <${ada}> does not exist here`), { responseCode: 550 }),
    Object.assign(new Error(`4.2.2 the mailbox of ${ada} is full`), { responseCode: 452 }),
  ];
  const smtp = await startSmtp({
    onRcptTo: (_address, _session, callback) => callback(refusals.shift() ?? refusals[0]),
  });
  atEnd(() => smtp.close());
  const lines: string[] = [];
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    clock,
    logger: loggerInto(lines),
    delivery: { fallback: false },
    plugins: [
      emailChannel(smtpConfig(smtp.port, { imap: imapConfig(mailbox.port) })),
      // An account that the server does not know, and a server that is gone.
      emailChannel(
        smtpConfig(smtp.port, {
          name: "locked",
          smtp: { host: "127.0.0.1", port: smtp.port, security: "none", user: "help", password },
        }),
      ),
      emailChannel(smtpConfig(9, { name: "gone", imap: { ...imapConfig(9), password } })),
    ],
  });
  atEnd(() => orchestrator.stop());
  await orchestrator.start();
  const recipient = (id: string, email: string) => ({ id, email });
  const { id } = await orchestrator.createSession({ recipient: recipient("ada", ada) });
  const content = "the words that are for Ada alone";
  const sent = [];
  for (const [channel, to] of [
    ["email", ada],
    ["email", `other.${ada}`],
    ["locked", ada],
    ["gone", ada],
  ] as const)
    sent.push(await orchestrator.send(id, { content, channel, recipient: recipient(channel, to) }));
  for (const { deliveryId } of sent)
    await eventually(async () =>
      expect((await orchestrator.getDelivery(deliveryId)).attempts[0]?.outcome).toEqual(expect.any(String)),
    );
  mailbox.deliver(rawMail({ From: `"${ada}" <not an address>`, "Message-ID": "<x@y.invalid>" }, content));
  mailbox.cut();
  await eventually(() => expect(lines.join("\n")).toMatch(/lost|again|reconnect/i));

  const deliveries = (await orchestrator.listDeliveries({ session: id, limit: 10 })).items.map(
    ({ attempts, reason, skips }) => ({ attempts, reason, skips }),
  );
  const { events } = await orchestrator.readEvents({ limit: 200 });
  const outcomes = deliveries.map(({ attempts }) => attempts[0]?.outcome).sort();
  expect(outcomes).toEqual(["misconfigured", "permanent", "retryable", "retryable"]);
  const all =
    lines.join("\n") +
    JSON.stringify([deliveries, events.filter(({ type }) => type.startsWith("delivery."))]);
  for (const hidden of [ada, "lovelace", content, password, "testpass", tokenKeys[0]?.secret ?? ""])
    expect(all).not.toContain(hidden);
}, 30_000);
