import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock, Logger } from "@hybrid-orchestrator/core";
import { type WebSocket, WebSocketServer } from "ws";
import type { MailEvent } from "../mail.js";
import { type ChannelName, messageFor, readMessage, type ServerMessage } from "./protocol.js";

export interface EventSockets {
  /** Takes over a connection that asks to become a WebSocket, or refuses it. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  publish(event: MailEvent): void;
  count(): number;
  /** Says goodbye to all. */
  close(): void;
}

export interface EventSocketsOptions {
  readonly isAuthorized: (authorization: string | undefined) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

const maxSockets = 100;
const maxMessageBytes = 4_096;
// What a socket may leave unread before it is cut off.
const maxBufferedBytes = 1_048_576;
const heartbeatMs = 30_000;
const goodbyeMs = 500;

export function createEventSockets({ isAuthorized, clock, logger }: EventSocketsOptions): EventSockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  });
  const subscriptions = new Map<WebSocket, Set<ChannelName>>();
  const silent = new WeakSet<WebSocket>();
  let closing = false;
  let cancelHeartbeat = clock.setTimeout(heartbeat, heartbeatMs);

  function heartbeat(): void {
    for (const socket of subscriptions.keys()) {
      if (silent.has(socket)) socket.terminate();
      else {
        silent.add(socket);
        socket.ping();
      }
    }
    cancelHeartbeat = clock.setTimeout(heartbeat, heartbeatMs);
  }

  function send(socket: WebSocket, message: ServerMessage): void {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > maxBufferedBytes) {
      logger.warn("slow socket cut off", { bufferedBytes: socket.bufferedAmount });
      socket.terminate();
    } else socket.send(JSON.stringify(message));
  }

  function welcome(socket: WebSocket): void {
    const channels = new Set<ChannelName>();
    subscriptions.set(socket, channels);
    socket.on("pong", () => silent.delete(socket));
    socket.on("close", () => subscriptions.delete(socket));
    socket.on("error", (error) => logger.debug("socket failed", { error: error.message }));
    socket.on("message", (data, isBinary) => {
      silent.delete(socket);
      if (isBinary) return send(socket, { type: "error", message: "a message must be text" });
      const message = readMessage(String(data));
      switch (message.type) {
        case "subscribe":
          channels.add(message.channel);
          return send(socket, { type: "subscribed", channel: message.channel });
        case "unsubscribe":
          channels.delete(message.channel);
          return send(socket, { type: "unsubscribed", channel: message.channel });
        case "ping":
          return send(socket, { type: "pong" });
        case "error":
          return send(socket, message);
      }
    });
  }

  return {
    upgrade(request, socket, head) {
      socket.on("error", (error) => logger.debug("socket failed", { error: error.message }));
      const [path] = (request.url ?? "").split("?", 1);
      if (path !== "/ws") return refuse(socket, "404 Not Found");
      if (!isAuthorized(request.headers.authorization)) return refuse(socket, "401 Unauthorized");
      if (closing || subscriptions.size >= maxSockets) return refuse(socket, "503 Service Unavailable");
      server.handleUpgrade(request, socket, head, welcome);
    },
    publish(event) {
      for (const [socket, channels] of subscriptions) {
        for (const channel of channels) {
          const message = messageFor(channel, event);
          if (message !== undefined) send(socket, message);
        }
      }
    },
    count: () => subscriptions.size,
    close() {
      closing = true;
      cancelHeartbeat();
      for (const socket of subscriptions.keys()) socket.close(1001, "stopping");
      // Whoever does not say goodbye in return must not hold up the end.
      if (subscriptions.size > 0)
        clock.setTimeout(() => {
          for (const socket of subscriptions.keys()) socket.terminate();
        }, goodbyeMs);
    },
  };
}

function refuse(socket: Duplex, status: string): void {
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
