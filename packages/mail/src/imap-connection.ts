import { type Clock, errorMessage, type Logger } from "@hybrid-orchestrator/core";
import { ImapFlow } from "imapflow";
import { maskAddresses } from "./address.js";
import { backoffMs } from "./backoff.js";
import { type Signal, signal } from "./signal.js";

export interface ImapSettings {
  readonly imapHost: string;
  readonly imapPort: number;
  readonly imapSecurity: "tls" | "starttls" | "none";
  readonly imapUser?: string | undefined;
  readonly imapPassword?: string | undefined;
  readonly imapMailbox: string;
  /** Longest time between two looks. */
  readonly imapPollSeconds: number;
  readonly imapTimeoutSeconds: number;
}

export interface ImapConnectionOptions {
  readonly settings: ImapSettings;
  readonly clock: Clock;
  /** For the jitter of reconnections, 0 to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  /**
   * Called after connecting, when the server tells of a change, and every `imapPollSeconds`. Resolves with true to be
   * called again at once. A throw ends the connection; the next one begins with a look.
   */
  readonly look: (client: ImapFlow) => Promise<boolean>;
}

export interface ImapConnection {
  state(): "connecting" | "connected";
  /**
   * Asks the open mailbox something between two looks.
   * @throws MailboxUnavailable while there is no connection.
   */
  request<Value>(task: (client: ImapFlow) => Promise<Value>): Promise<Value>;
  stop(): Promise<void>;
}

export class MailboxUnavailable extends Error {
  override readonly name = "MailboxUnavailable";
}

// Requests that wait for their turn at the connection.
const maxWaiting = 20;

/**
 * One connection that watches a mailbox over IMAP, and answers requests in between. IDLE can die without a sign, so the
 * mailbox is looked at every `imapPollSeconds` all the same, and a server that does not answer within
 * `imapTimeoutSeconds` is left for a new connection. The mailbox is opened for reading alone: no look changes a flag.
 */
export function keepImapConnection({
  settings,
  clock,
  random,
  logger,
  look,
}: ImapConnectionOptions): ImapConnection {
  const timeoutMs = settings.imapTimeoutSeconds * 1_000;
  const stopped = signal();
  let client: ImapFlow | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let wake = signal();

  /** One at a time: a connection has one open mailbox. */
  function exclusively<Value>(task: (connected: ImapFlow) => Promise<Value>): Promise<Value> {
    const result = turn.then(async () => {
      const connected = client;
      if (connected === undefined) throw new MailboxUnavailable("There is no connection to the mailbox.");
      try {
        return await within(task(connected), connected);
      } catch (error) {
        if (connected.usable || error instanceof MailboxUnavailable) throw error;
        throw new MailboxUnavailable("The connection to the mailbox was lost.", { cause: error });
      }
    });
    turn = result.catch(() => undefined);
    return result;
  }

  /** Ends the connection when nothing at all comes from the server for too long. */
  async function within<Value>(work: Promise<Value>, connection: ImapFlow): Promise<Value> {
    const silent = signal();
    let received = -1;
    let cancel = () => undefined as unknown;
    const listen = () => {
      const before = received;
      received = connection.stats().received;
      if (received === before) silent.give();
      else cancel = clock.setTimeout(listen, timeoutMs);
    };
    listen();
    try {
      const outcome = await Promise.race([work.then((value) => ({ value })), silent.given]);
      if (outcome !== undefined) return outcome.value;
      connection.close();
      throw new MailboxUnavailable("The mail server did not answer in time.");
    } finally {
      cancel();
    }
  }

  async function connection(onWorking: () => void): Promise<void> {
    const connecting = newClient(settings, timeoutMs);
    const ended = signal();
    let failure: unknown;
    let working = false;
    // Before connecting: an error without a listener would end the process.
    connecting.on("error", (error) => {
      failure = error;
    });
    connecting.on("close", ended.give);
    for (const change of ["exists", "expunge", "flags"]) connecting.on(change, () => wake.give());
    try {
      await Promise.race([within(connecting.connect(), connecting), stopped.given]);
      client = connecting;
      while (!stopped.isGiven() && !ended.isGiven()) {
        wake = signal();
        const again = await Promise.race([
          exclusively(async (connected) => {
            await openMailbox(connected, settings.imapMailbox);
            return look(connected);
          }),
          stopped.given,
        ]);
        if (!working) onWorking();
        working = true;
        if (again === false) await rest(connecting, ended);
      }
      if (!stopped.isGiven()) throw failure ?? new Error("The mail server closed the connection.");
      if (connecting.usable) await within(connecting.logout(), connecting);
    } finally {
      client = undefined;
      connecting.close();
    }
  }

  /** Listens until something happens, at most until the next look is due. */
  async function rest(connected: ImapFlow, ended: Signal): Promise<void> {
    const cancel = clock.setTimeout(wake.give, settings.imapPollSeconds * 1_000);
    // The next command ends it. Should it fail, the connection has failed, or the poll takes its place.
    connected.idle().catch(() => undefined);
    try {
      await Promise.race([wake.given, ended.given, stopped.given]);
    } finally {
      cancel();
    }
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopped.isGiven()) {
      try {
        await connection(() => {
          logger.info("mailbox connected", { failures });
          failures = 0;
        });
      } catch (error) {
        if (stopped.isGiven()) return;
        // A refused password is not tried again every second: that locks accounts.
        failures = isRefused(error) ? Math.max(failures + 1, 7) : failures + 1;
        const retryInMs = backoffMs(failures, random);
        logger.warn("mailbox lost", { error: maskAddresses(describe(error)), failures, retryInMs });
        const pause = signal();
        const cancel = clock.setTimeout(pause.give, retryInMs);
        await Promise.race([pause.given, stopped.given]);
        cancel();
      }
    }
  }

  /** A request in between. Afterwards the watch goes back to listening. */
  async function request<Value>(task: (connected: ImapFlow) => Promise<Value>): Promise<Value> {
    if (waiting >= maxWaiting) throw new MailboxUnavailable("Too many requests wait for the mailbox.");
    waiting += 1;
    try {
      return await exclusively(async (connected) => {
        await openMailbox(connected, settings.imapMailbox);
        return await task(connected);
      });
    } finally {
      waiting -= 1;
      wake.give();
    }
  }

  const running = run();
  return {
    state: () => (client === undefined ? "connecting" : "connected"),
    request,
    async stop() {
      stopped.give();
      await running;
    },
  };
}

/** Opens a mailbox for reading alone, unless it is open. */
export async function openMailbox(client: ImapFlow, path: string): Promise<void> {
  if (client.mailbox !== false && client.mailbox.path === path) return;
  await client.mailboxOpen(path, { readOnly: true });
}

function newClient(settings: ImapSettings, timeoutMs: number): ImapFlow {
  return new ImapFlow({
    host: settings.imapHost,
    port: settings.imapPort,
    secure: settings.imapSecurity === "tls",
    doSTARTTLS: settings.imapSecurity === "starttls",
    tls: { minVersion: "TLSv1.2" },
    auth: { user: settings.imapUser ?? "", pass: settings.imapPassword ?? "" },
    clientInfo: { name: "hybrid-orchestrator" },
    disableAutoIdle: true,
    maxIdleTime: settings.imapPollSeconds * 1_000,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: settings.imapPollSeconds * 1_000 + 2 * timeoutMs,
    // Far above what is asked for, far below what would fill the memory.
    maxLineLength: 4_194_304,
    maxLiteralSize: 4_194_304,
    maxResponseSize: 16_777_216,
    logger: false,
  });
}

/** imapflow's errors are often just "Command failed"; the server's words are beside it. */
function describe(error: unknown): string {
  const { responseText } = error as { readonly responseText?: unknown };
  return typeof responseText === "string" ? `${errorMessage(error)}: ${responseText}` : errorMessage(error);
}

function isRefused(error: unknown): boolean {
  return (error as { readonly authenticationFailed?: unknown }).authenticationFailed === true;
}
