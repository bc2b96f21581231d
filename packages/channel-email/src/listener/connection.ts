import { lookup as systemLookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { type Clock, type Logger, OrchestratorError } from "@hybrid-orchestrator/core";
import { checkUrl, createUrlPolicy, isPublicAddress } from "@hybrid-orchestrator/safe-http";
import { WebSocket } from "ws";
import type { ListenerSettings } from "./options.js";

export interface ConnectionEvents {
  onOpen(send: (message: object) => void): void;
  onText(text: string): void;
  /** Once, whatever happened. */
  onEnd(why: string): void;
}

const maxMessageBytes = 8 * 1_024 * 1_024;

/** Throws where the URL's text alone shows that it must not be connected to. */
export function requireAllowed({ wsUrl, trustedOrigins }: ListenerSettings): void {
  const check = checkUrl(httpUrl(wsUrl), createUrlPolicy({ trustedOrigins }));
  if (!check.allowed)
    throw new OrchestratorError(
      "invalid_configuration",
      `The e-mail agent's URL cannot be used. ${check.message} Name its origin in trustedOrigins if it is yours.`,
    );
}

/** One connection, until it ends or is closed. A peer that has gone without a word is noticed by its silence. */
export function connect(
  settings: ListenerSettings,
  {
    clock,
    logger,
    events,
  }: { readonly clock: Clock; readonly logger: Logger; readonly events: ConnectionEvents },
): { close(): void } {
  const { wsUrl, apiKey, pingIntervalMs } = settings;
  const socket = new WebSocket(wsUrl, {
    ...(apiKey !== undefined && { headers: { authorization: `Bearer ${apiKey}` } }),
    followRedirects: false,
    handshakeTimeout: pingIntervalMs,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    ...(!isTrusted(settings) && { lookup: publicLookup }),
  });
  let ended = false;
  let heard = true;
  let cancelPing: () => void = () => undefined;

  function end(why: string): void {
    if (ended) return;
    ended = true;
    cancelPing();
    events.onEnd(why);
  }
  function ping(): void {
    if (!heard) {
      end("it is silent");
      socket.terminate();
      return;
    }
    heard = false;
    socket.ping();
    cancelPing = clock.setTimeout(ping, pingIntervalMs);
  }

  socket.on("open", () => {
    cancelPing = clock.setTimeout(ping, pingIntervalMs);
    events.onOpen((message) => socket.send(JSON.stringify(message)));
  });
  socket.on("message", (data, isBinary) => {
    heard = true;
    if (!ended && !isBinary) events.onText(String(data));
  });
  socket.on("pong", () => {
    heard = true;
  });
  // The upgrade's answer stands in it, never the key.
  socket.on("error", (error) => {
    logger.debug("connection to the e-mail agent failed", { error: error.message });
    end(error.message);
  });
  socket.on("close", (code) => end(`closed with code ${code}`));

  return {
    close() {
      ended = true;
      cancelPing();
      socket.terminate();
    },
  };
}

function isTrusted({ wsUrl, trustedOrigins }: ListenerSettings): boolean {
  const { origin } = new URL(httpUrl(wsUrl));
  return createUrlPolicy({ trustedOrigins }).trustedOrigins.has(origin);
}

function httpUrl(wsUrl: string): string {
  return wsUrl.replace(/^ws/i, "http");
}

/** Resolves to public addresses, or to nothing: one that is not refuses them all. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { all: true }).then(
    (found) => {
      const [first] = found;
      if (first === undefined || found.some(({ address }) => !isPublicAddress(address)))
        callback(new Error("the name leads to an address that is not public"), "", 0);
      else if (options.all === true) callback(null, found);
      else callback(null, first.address, first.family);
    },
    (error: Error) => callback(error, "", 0),
  );
};
