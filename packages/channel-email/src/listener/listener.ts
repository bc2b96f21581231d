import { errorMessage, parseWith, silentLogger, systemClock } from "@hybrid-orchestrator/core";
import { backoffMs } from "@hybrid-orchestrator/mail";
import { seenIds } from "@hybrid-orchestrator/signatures";
import { connect, requireAllowed } from "./connection.js";
import { type EmailEvent, readServerMessage, receivedOf, type ServerMessage } from "./event.js";
import { type EmailListenerOptions, listenerSettingsSchema } from "./options.js";
import { workQueue } from "./queue.js";

export interface EmailListener {
  /** Connects in the background. Starting twice is starting once. */
  start(): void;
  /** Ends the connection and waits for the callback that runs. It may be started anew. */
  stop(): Promise<void>;
  state(): "stopped" | "connecting" | "connected" | "given_up";
}

const dayMs = 86_400_000;

/**
 * Listens to an e-mail agent over a WebSocket: subscribes, tells of each event, and comes back when the connection is
 * lost. What arrived meanwhile is found by `resync` and told as received; a mail is told as received once. An event
 * whose callback throws is told again with the next resync.
 * @throws OrchestratorError `invalid_configuration`
 */
export function emailListener(options: EmailListenerOptions): EmailListener {
  const settings = parseWith(listenerSettingsSchema, options, {
    name: "e-mail listener's options",
    code: "invalid_configuration",
  });
  requireAllowed(settings);
  const { clock = systemClock, logger = silentLogger, random = Math.random, resync } = options;
  const { profile, maxBuffered, reconnectDelayMs, maxReconnectAttempts } = settings;

  let state: ReturnType<EmailListener["state"]> = "stopped";
  let failures = 0;
  let dropped = 0;
  /** Whether mails of the inbox are news yet. */
  let hasBaseline = settings.includeExisting;
  let connection: { close(): void } | undefined;
  let resyncing = false;
  let resyncWanted = false;
  let cancelTimers = new Set<() => void>();
  const told = seenIds({ windowMs: 7 * dayMs, maxIds: 50_000 });

  const queue = workQueue<EmailEvent>({
    maxWaiting: maxBuffered,
    work: tell,
    onIdle() {
      if (dropped === 0 || state === "stopped") return;
      dropped = 0;
      void catchUp();
    },
  });

  async function tell(event: EmailEvent): Promise<void> {
    try {
      await callbackFor(event.type)?.(event);
      await options.onEvent?.(event);
      settle(event, true);
    } catch (error) {
      logger.error("a callback of the e-mail listener failed", {
        type: event.type,
        error: errorMessage(error),
      });
      settle(event, false);
      if (event.type === "email_received") later(() => void catchUp(), reconnectDelayMs);
    }
  }

  function callbackFor(type: EmailEvent["type"]) {
    switch (type) {
      case "email_received":
        return options.onEmailReceived;
      case "email_sent":
        return options.onEmailSent;
      case "email_starred":
        return options.onEmailStarred;
      case "email_archived":
        return options.onEmailArchived;
      case "unknown":
        return undefined;
    }
  }

  /** A mail is received once; other things may happen to it again and again. */
  function isNews({ type, messageId }: EmailEvent): boolean {
    if (type !== "email_received" || messageId === "") return true;
    // Without room to remember it, it is rather told twice than never.
    return ["new", "full"].includes(told.claim(messageId, clock.now()));
  }
  function settle({ type, messageId }: EmailEvent, done: boolean): void {
    if (type === "email_received" && messageId !== "") told.settle(messageId, done);
  }

  function take(event: EmailEvent): void {
    if (!isNews(event)) return;
    if (queue.add(event)) return;
    settle(event, false);
    dropped += 1;
    // Said when it begins, not for each of thousands.
    if (dropped === 1)
      logger.warn("the e-mail listener's buffer is full; events are dropped", { maxBuffered });
    options.onOverflow?.(dropped);
  }

  /** Mails of the inbox, newest first. Those of the first look may be no news. */
  function takeInbox(events: readonly EmailEvent[]): void {
    if (hasBaseline) for (const event of events.toReversed()) take(event);
    else for (const event of events) if (isNews(event)) settle(event, true);
    hasBaseline = true;
  }

  async function catchUp(): Promise<void> {
    resyncWanted = true;
    if (resync === undefined || resyncing) return;
    resyncing = true;
    try {
      while (resyncWanted && state !== "stopped") {
        resyncWanted = false;
        takeInbox((await resync()).map(receivedOf));
      }
    } catch (error) {
      logger.warn("the inbox could not be read again", { error: errorMessage(error) });
      later(() => void catchUp(), reconnectDelayMs);
    } finally {
      resyncing = false;
    }
  }

  function handle(message: ServerMessage): void {
    switch (message.kind) {
      case "event":
        take(message.event);
        break;
      case "inbox":
        // One alone is a mail that has just come; a list is all of the inbox.
        if (profile === "public-demo") takeInbox(message.events);
        else for (const event of message.events) take(event);
        break;
      case "subscribed":
        // From here on nothing is missed; what came before it stands in the inbox.
        void catchUp();
        break;
      case "error":
        logger.warn("the e-mail agent reports an error", { error: message.message.slice(0, 200) });
        break;
      case "other":
        break;
    }
  }

  function open(): void {
    if (state === "stopped") return;
    state = "connecting";
    connection = connect(settings, {
      clock,
      logger,
      events: {
        onOpen(send) {
          state = "connected";
          failures = 0;
          logger.info("connected to the e-mail agent");
          if (profile === "orchestrator") send({ type: "subscribe", channel: "orchestrator_events" });
          void catchUp();
        },
        onText: (text) => handle(readServerMessage(text, profile)),
        onEnd: reconnect,
      },
    });
  }

  function reconnect(why: string): void {
    if (state === "stopped") return;
    failures += 1;
    if (maxReconnectAttempts > 0 && failures > maxReconnectAttempts) {
      state = "given_up";
      logger.error("the e-mail listener gives up", { failures, why });
      options.onGivenUp?.();
      return;
    }
    state = "connecting";
    const pauseMs = backoffMs(failures, random, reconnectDelayMs);
    logger.warn("connection to the e-mail agent lost", { why, failures, retryInMs: pauseMs });
    later(open, pauseMs);
  }

  function later(work: () => void, delayMs: number): void {
    const timers = cancelTimers;
    const cancel = clock.setTimeout(() => {
      timers.delete(cancel);
      if (state !== "stopped") work();
    }, delayMs);
    timers.add(cancel);
  }

  return {
    start() {
      if (state !== "stopped" && state !== "given_up") return;
      failures = 0;
      state = "connecting";
      open();
    },
    async stop() {
      state = "stopped";
      for (const cancel of cancelTimers) cancel();
      cancelTimers = new Set();
      connection?.close();
      for (const event of await queue.stop()) settle(event, false);
    },
    state: () => state,
  };
}
