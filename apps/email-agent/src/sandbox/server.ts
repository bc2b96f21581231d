import { buffer } from "node:stream/consumers";
import type { Clock, Logger } from "@hybrid-orchestrator/core";
import { domainOf } from "@hybrid-orchestrator/mail";
import { SMTPServer } from "smtp-server";
import type { Mail, Mailbox, MailEvent } from "../mail.js";
import { parseMail } from "../parse-mail.js";

export interface SandboxMail {
  /** `in`: to the service's own address, as an answer would be. */
  readonly direction: "in" | "out";
  readonly mail: Mail;
}

export interface Sandbox {
  readonly smtpPort: number;
  readonly mailbox: Mailbox;
  /** Newest first. */
  mails(): readonly SandboxMail[];
}

export interface SandboxOptions {
  readonly emailFrom: string;
  /** 0 for any. */
  readonly smtpPort: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onEvent: (event: MailEvent) => void;
}

const maxMails = 200;
const maxMailBytes = 1_048_576;

/**
 * A real SMTP server on this machine that keeps what it gets in memory and passes nothing on. What is sent to the
 * service's own address arrives in its inbox. `reject-550@anything` is refused with that code, to try failures.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { emailFrom, clock, logger, onEvent } = options;
  const kept: SandboxMail[] = [];
  const inbox = () => kept.filter(({ direction }) => direction === "in").map(({ mail }) => mail);

  async function take(source: Buffer, recipients: readonly string[]): Promise<void> {
    const mail = await parseMail(source, {
      receivedAt: clock.now(),
      isRead: false,
      isStarred: false,
      domain: domainOf(emailFrom),
    });
    const direction = recipients.some((to) => to.toLowerCase() === emailFrom.toLowerCase()) ? "in" : "out";
    kept.unshift({ direction, mail });
    kept.splice(maxMails);
    if (direction === "in")
      onEvent({ eventType: "email_received", timestamp: new Date(clock.now()).toISOString(), ...mail });
  }

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["AUTH", "STARTTLS"],
    size: maxMailBytes,
    maxClients: 100,
    socketTimeout: 60_000,
    closeTimeout: 500,
    disableReverseLookup: true,
    logger: false,
    onRcptTo({ address }, _session, callback) {
      const code = /^reject-([45]\d\d)@/i.exec(address)?.[1];
      if (code === undefined) return callback();
      callback(Object.assign(new Error("refused, as the address asks"), { responseCode: Number(code) }));
    },
    onData(stream, session, callback) {
      buffer(stream)
        .then(async (source) => {
          if (stream.sizeExceeded) throw Object.assign(new Error("too large"), { responseCode: 552 });
          await take(
            source,
            session.envelope.rcptTo.map(({ address }) => address),
          );
        })
        .then(() => callback(), callback);
    },
  });
  server.on("error", (error) => logger.warn("sandbox failed", { error: error.message }));
  const smtpPort = await listen(server, options.smtpPort);

  return {
    smtpPort,
    mails: () => [...kept],
    mailbox: {
      state: () => "connected",
      newest: async (limit) => inbox().slice(0, limit),
      search: async (query, limit) => inbox().filter(contains(query)).slice(0, limit),
      stop: () => new Promise((resolve) => server.close(resolve)),
    },
  };
}

function contains(query: string): (mail: Mail) => boolean {
  const wanted = query.toLowerCase();
  return ({ subject, from, to, text }) =>
    [subject, from, to, text].some((field) => field.toLowerCase().includes(wanted));
}

function listen(server: SMTPServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const listener = server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      const address = listener.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
