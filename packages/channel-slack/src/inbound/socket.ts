import { seenIds } from "@hybrid-orchestrator/signatures";
import { slackDispatcher } from "../client.js";
import { eventIdOf } from "./event.js";
import { codeOf, type Handlers, type InboundParts } from "./handlers.js";
import { settlesWithin } from "./settles-within.js";
import { loadSocketMode } from "./socket-peer.js";

/** What `slack_event` of the peer carries. */
interface Envelope {
  readonly type: string;
  readonly body: unknown;
  ack(): Promise<void>;
}

const lastsMs = 10_000;
const longestPauseMs = 60_000;
const nothing = () => undefined;
/** The peer logs whole payloads and the socket's URL, which is a secret. */
const silent = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  setName: nothing,
};

/**
 * Takes events and clicks in over Slack's Socket Mode. Each connection is a client of its own: the peer's own
 * reconnecting leaves a rejection unhandled where Slack cannot be reached, which would end the process.
 * @throws OrchestratorError `invalid_configuration` without the peer.
 */
export async function receiveSocket({ settings, host }: InboundParts, handlers: Handlers): Promise<void> {
  const { appToken, baseUrl, timeoutMs, name } = settings;
  if (appToken === undefined) return;
  const { SocketModeClient, LogLevel } = await loadSocketMode();
  const dispatcher = slackDispatcher(settings);
  const seen = seenIds();
  const underWay = new Set<Promise<void>>();
  let isStopping = false;
  let endConnection: () => void = nothing;
  let endPause: () => void = nothing;

  /** Resolves with whether Slack said hello, when the connection is over. */
  function connection(): Promise<boolean> {
    const socket = new SocketModeClient({
      appToken: appToken ?? "",
      autoReconnectEnabled: false,
      logger: { ...silent, getLevel: () => LogLevel.ERROR },
      dispatcher,
      clientOptions: { slackApiUrl: `${baseUrl}/`, timeout: timeoutMs, retryConfig: { retries: 0 } },
    });
    return new Promise((resolve) => {
      let isConnected = false;
      endConnection = () => {
        if (isConnected) void socket.disconnect();
        else resolve(false);
      };
      socket.on("connected", () => {
        isConnected = true;
        if (isStopping) endConnection();
        else host.logger.info("Slack's socket is open.", { channel: name });
      });
      socket.on("disconnected", () => resolve(isConnected));
      socket.on("slack_event", (envelope: Envelope) => {
        // Left without an answer, Slack sends it to the next connection.
        if (isStopping) return;
        const taking = take(envelope);
        underWay.add(taking);
        void taking.then(() => underWay.delete(taking));
      });
      socket.start().catch(() => resolve(isConnected));
    });
  }

  async function take({ type, body, ack }: Envelope): Promise<void> {
    try {
      if (await isDurable(type, body)) await ack();
    } catch (error) {
      host.logger.error("An envelope of Slack's socket was not taken.", {
        channel: name,
        code: codeOf(error),
      });
    }
  }

  async function isDurable(type: string, body: unknown): Promise<boolean> {
    switch (type) {
      case "events_api":
        return eventOnce(body);
      case "interactive":
        await handlers.interaction(body).recorded;
        return true;
      default:
        return true;
    }
  }

  async function eventOnce(body: unknown): Promise<boolean> {
    const id = eventIdOf(body);
    const claim = id === undefined ? "full" : seen.claim(id, host.clock.now());
    if (claim === "seen") return true;
    // The try that is under way is answered for itself.
    if (claim === "busy") return false;
    let isHandled = false;
    try {
      await handlers.event(body);
      isHandled = true;
    } finally {
      if (id !== undefined && claim === "new") seen.settle(id, isHandled);
    }
    return isHandled;
  }

  async function run(): Promise<void> {
    // Connections one after another that did not last. After the first of them the next is opened at once.
    let brief = 0;
    while (!isStopping) {
      const openedAt = host.clock.now();
      const wasConnected = await connection();
      if (isStopping) return;
      if (!wasConnected) host.logger.warn("Slack's socket could not be opened.", { channel: name });
      brief = wasConnected && host.clock.now() - openedAt >= lastsMs ? 0 : brief + 1;
      const pauses = wasConnected ? brief - 1 : brief;
      if (pauses > 0) await pause(Math.min(longestPauseMs, 500 * 2 ** Math.min(pauses, 10)));
    }
  }

  function pause(forMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = host.clock.setTimeout(resolve, forMs);
      endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  const running = run();
  host.onStop(async () => {
    isStopping = true;
    await Promise.all(underWay);
    endPause();
    endConnection();
    // A peer that does not answer the close would hold it for half a minute.
    await settlesWithin(running, 2_000, host.clock);
    await dispatcher.destroy();
  });
}
