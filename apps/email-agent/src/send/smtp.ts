import { Readable } from "node:stream";
import type { Clock } from "@hybrid-orchestrator/core";
import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type { Settings } from "../settings.js";
import { classify, type SendOutcome } from "./outcome.js";
import type { OutgoingMail } from "./request.js";

export type Deliver = (mail: OutgoingMail) => Promise<SendOutcome>;

export type SmtpSettings = Pick<
  Settings,
  "smtpHost" | "smtpPort" | "smtpSecurity" | "smtpUser" | "smtpPassword" | "sendTimeoutSeconds"
>;

/**
 * Hands mails to an SMTP server, one connection a mail. nodemailer's transport would pool connections, but does not
 * tell whether the mail had been written when a connection broke, and that is what decides between retry and not.
 */
export function smtpDelivery(settings: SmtpSettings, clock: Clock): Deliver {
  return async (mail) => {
    const source = await write(mail);
    return handOver({ settings, clock, from: mail.from.address, to: mail.to, source });
  };
}

async function write(mail: OutgoingMail): Promise<Buffer> {
  const composer = new MailComposer({
    from: mail.from,
    to: { name: "", address: mail.to },
    subject: mail.subject,
    text: mail.body,
    messageId: mail.messageId,
    inReplyTo: mail.inReplyTo,
    references: mail.references,
    // RFC 3834: so that responders do not answer.
    headers: { "Auto-Submitted": "auto-generated" },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return await composer.compile().build();
}

interface Handover {
  readonly settings: SmtpSettings;
  readonly clock: Clock;
  readonly from: string;
  readonly to: string;
  readonly source: Buffer;
}

function handOver({ settings, clock, from, to, source }: Handover): Promise<SendOutcome> {
  const timeoutMs = settings.sendTimeoutSeconds * 1_000;
  const connection = new SMTPConnection({
    host: settings.smtpHost,
    port: settings.smtpPort,
    secure: settings.smtpSecurity === "tls",
    requireTLS: settings.smtpSecurity === "starttls",
    ignoreTLS: settings.smtpSecurity === "none",
    tls: { minVersion: "TLSv1.2" },
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    socketCloseTimeout: 1_000,
    maxResponseSize: 65_536,
    logger: false,
  });
  let handedOver = false;
  const mail = Readable.from(
    (function* () {
      yield source;
      handedOver = true;
    })(),
    { objectMode: false },
  );

  return new Promise((resolve) => {
    const fail = (error: unknown) => settle(classify(error, { handedOver }));
    const cancelDeadline = clock.setTimeout(
      () => fail(Object.assign(new Error("The mail server took too long."), { code: "ETIMEDOUT" })),
      timeoutMs,
    );
    const settle = (outcome: SendOutcome) => {
      cancelDeadline();
      // First, because closing has the connection say that it ended.
      resolve(outcome);
      if (outcome.outcome === "sent") connection.quit();
      else connection.close();
    };
    const submit = () => {
      // Explicit, so that no header can add a recipient.
      connection.send({ from, to: [to], size: source.length }, mail, (error) =>
        error ? fail(error) : settle({ outcome: "sent" }),
      );
    };
    connection.on("error", fail);
    connection.on("end", () =>
      fail(Object.assign(new Error("The connection ended."), { code: "ECONNECTION" })),
    );
    connection.connect((error) => {
      if (error) fail(error);
      else if (settings.smtpUser === undefined) submit();
      else
        connection.login({ user: settings.smtpUser, pass: settings.smtpPassword ?? "" }, (refused) =>
          refused ? fail(refused) : submit(),
        );
    });
  });
}
