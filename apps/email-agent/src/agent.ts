import { randomUUID } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import {
  type Clock,
  errorMessage,
  type Logger,
  OrchestratorError,
  silentLogger,
  systemClock,
} from "@hybrid-orchestrator/core";
import { signal } from "@hybrid-orchestrator/mail";
import { createEventSockets } from "./events/sockets.js";
import { bearerCheck } from "./http/bearer.js";
import { createRoutes } from "./http/routes.js";
import { startImapMailbox } from "./imap/mailbox.js";
import type { Mailbox, MailEvent } from "./mail.js";
import { sandboxRoutes } from "./sandbox/routes.js";
import { type Sandbox, startSandbox } from "./sandbox/server.js";
import { createSender } from "./send/sender.js";
import { smtpDelivery } from "./send/smtp.js";
import { readSettings, type Settings, type SettingsInput } from "./settings.js";

export interface EmailAgentDependencies {
  /** Default: none. */
  readonly logger?: Logger;
  /** Default: the system's. Connections run in real time whatever it says. */
  readonly clock?: Clock;
  /** For the jitter of reconnections, 0 to 1. Default: `Math.random`. */
  readonly random?: () => number;
}

export interface RunningAt {
  /** Without a slash at the end. */
  readonly url: string;
  readonly sandboxSmtpPort: number | undefined;
}

export interface EmailAgent {
  /** Listens. The mailbox is connected to in the background. A failed start leaves nothing running. */
  start(): Promise<RunningAt>;
  /**
   * Takes no more requests, waits for those in progress, at most `stopTimeoutSeconds`, and closes everything.
   * `drained` says whether all had ended by then.
   */
  stop(): Promise<{ readonly drained: boolean }>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Running {
  readonly at: RunningAt;
  stop(): Promise<{ readonly drained: boolean }>;
}

/**
 * The mail service, not started yet.
 * @throws OrchestratorError `invalid_configuration` that lists every mistake.
 */
export function createEmailAgent(
  input: SettingsInput,
  { logger = silentLogger, clock = systemClock, random = Math.random }: EmailAgentDependencies = {},
): EmailAgent {
  const settings = readSettings(input);
  let running: Promise<Running> | undefined;

  async function stop(): Promise<{ readonly drained: boolean }> {
    const stopping = running;
    running = undefined;
    // A start that failed left nothing, and has told its caller why.
    const begun = await stopping?.catch(() => undefined);
    return (await begun?.stop()) ?? { drained: true };
  }

  return {
    async start() {
      running ??= run({ settings, logger, clock, random }).catch((error: unknown) => {
        running = undefined;
        throw error;
      });
      return (await running).at;
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

interface Parts extends Required<EmailAgentDependencies> {
  readonly settings: Settings;
}

async function run({ settings, logger, clock, random }: Parts): Promise<Running> {
  const isAuthorized = bearerCheck(settings.serviceApiKey);
  const sockets = createEventSockets({ isAuthorized, clock, logger });
  const onEvent = (event: MailEvent) => {
    logger.info("event", { eventType: event.eventType, messageId: event.messageId });
    sockets.publish(event);
  };
  let stopping = false;
  let sandbox: Sandbox | undefined;
  let mailbox: Mailbox | undefined;
  try {
    if (settings.sandbox) {
      sandbox = await startSandbox({
        emailFrom: settings.emailFrom,
        smtpPort: settings.sandboxSmtpPort,
        clock,
        logger,
        onEvent,
      });
      mailbox = sandbox.mailbox;
    }
    const from = { address: settings.emailFrom, name: settings.emailFromName ?? "" };
    const sender = createSender({
      from,
      key: settings.serviceApiKey,
      newId: randomUUID,
      maxConcurrent: settings.smtpConnections,
      now: () => clock.now(),
      deliver: smtpDelivery(
        sandbox === undefined ? settings : { ...settings, smtpPort: sandbox.smtpPort, smtpSecurity: "none" },
        clock,
      ),
      onSent: ({ messageId, threadId, to, subject }) => {
        const timestamp = new Date(clock.now()).toISOString();
        const summary = { messageId, subject, from: from.address, fromName: from.name, to, date: timestamp };
        onEvent({ eventType: "email_sent", timestamp, ...summary, threadId });
      },
    });
    const { imapHost } = settings;
    if (imapHost !== undefined)
      mailbox = startImapMailbox({ settings: { ...settings, imapHost }, clock, random, logger, onEvent });
    const routes = createRoutes({
      isAuthorized,
      isStopping: () => stopping,
      maxBodyBytes: settings.maxBodyBytes,
      sender,
      mailbox,
      logger,
      sandbox: sandbox === undefined ? undefined : sandboxRoutes(sandbox, isAuthorized),
    });
    const server = createAdaptorServer({
      fetch: routes.fetch,
      serverOptions: { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 },
    }) as Server;
    server.on("upgrade", sockets.upgrade);
    const port = await listen(server, settings);
    const host = settings.host.includes(":") ? `[${settings.host}]` : settings.host;
    return {
      at: { url: `http://${host}:${port}`, sandboxSmtpPort: sandbox?.smtpPort },
      async stop() {
        stopping = true;
        sockets.close();
        const late = signal();
        const cancel = clock.setTimeout(late.give, settings.stopTimeoutSeconds * 1_000);
        const closed = Promise.all([closeServer(server), mailbox?.stop()]).then(() => true);
        const drained = (await Promise.race([closed, late.given])) ?? false;
        cancel();
        server.closeAllConnections();
        return { drained };
      },
    };
  } catch (error) {
    sockets.close();
    await mailbox?.stop();
    throw error;
  }
}

async function listen(server: Server, { host, port }: Settings): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    throw new OrchestratorError("invalid_configuration", `Cannot listen: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  return (server.address() as AddressInfo).port;
}

/** Resolves when the last request has been answered. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
