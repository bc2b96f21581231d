import { Readable } from "node:stream";
import type { Clock } from "@hybrid-orchestrator/core";
import MailComposer from "nodemailer/lib/mail-composer";
import type { Options as MailOptions } from "nodemailer/lib/mailer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { classify, type SmtpOutcome } from "./smtp-outcome.js";

export interface SmtpSettings {
  readonly smtpHost: string;
  readonly smtpPort: number;
  readonly smtpSecurity: "tls" | "starttls" | "none";
  readonly smtpUser?: string | undefined;
  readonly smtpPassword?: string | undefined;
  readonly sendTimeoutSeconds: number;
}

export interface SmtpSubmission {
  readonly clock: Clock;
  /** Of the envelope, where bounces go. */
  readonly from: string;
  /** Of the envelope: exactly one. */
  readonly to: string;
  readonly mail: MailOptions;
  readonly signal?: AbortSignal;
}

/**
 * Hands one mail to an SMTP server over a connection of its own. nodemailer's transport would pool connections, but does
 * not tell whether the mail had been written when a connection broke, and that is what decides between retry and not.
 * Addresses must have passed `parseAddress`.
 */
export async function submitMail(settings: SmtpSettings, submission: SmtpSubmission): Promise<SmtpOutcome> {
  const composer = new MailComposer({ ...submission.mail, disableFileAccess: true, disableUrlAccess: true });
  const source = await composer.compile().build();
  if (submission.signal?.aborted) return { outcome: "retryable", reason: "It was given up before it began." };
  return handOver(settings, { ...submission, source });
}

function handOver(
  settings: SmtpSettings,
  { clock, from, to, source, signal }: SmtpSubmission & { readonly source: Buffer },
): Promise<SmtpOutcome> {
  let handedOver = false;
  const mail = Readable.from(
    (function* () {
      yield source;
      handedOver = true;
    })(),
    { objectMode: false },
  );
  return converse(settings, {
    clock,
    ...(signal && { signal }),
    outcomeOf: (error) => classify(error, { handedOver }),
    // Explicit, so that no header can add a recipient.
    work: (connection, done) => connection.send({ from, to: [to], size: source.length }, mail, done),
  });
}

/** Whether the server lets this account in: connects, logs in, and leaves. */
export function checkSmtp(settings: SmtpSettings, clock: Clock): Promise<SmtpOutcome> {
  return converse(settings, {
    clock,
    outcomeOf: (error) => classify(error, { handedOver: false }),
    work: (_, done) => done(null),
  });
}

interface Conversation {
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly outcomeOf: (error: unknown) => SmtpOutcome;
  /** What is done once the server has let us in. */
  readonly work: (connection: SMTPConnection, done: (error: Error | null) => void) => void;
}

function converse(
  settings: SmtpSettings,
  { clock, signal, outcomeOf, work }: Conversation,
): Promise<SmtpOutcome> {
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
  return new Promise((resolve) => {
    const fail = (error: unknown) => settle(outcomeOf(error));
    const giveUp = () => fail(Object.assign(new Error("It was given up."), { code: "ETIMEDOUT" }));
    const cancelDeadline = clock.setTimeout(
      () => fail(Object.assign(new Error("The mail server took too long."), { code: "ETIMEDOUT" })),
      timeoutMs,
    );
    const settle = (outcome: SmtpOutcome) => {
      cancelDeadline();
      signal?.removeEventListener("abort", giveUp);
      // First, because closing has the connection say that it ended.
      resolve(outcome);
      if (outcome.outcome === "sent") connection.quit();
      else connection.close();
    };
    const submit = () => work(connection, (error) => (error ? fail(error) : settle({ outcome: "sent" })));
    signal?.addEventListener("abort", giveUp, { once: true });
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
