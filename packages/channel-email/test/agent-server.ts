import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { JsonObject } from "@hybrid-orchestrator/core";
import { type WebSocket, WebSocketServer } from "ws";

export type Failure =
  | "hang up"
  | "silence"
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: object };

export interface AgentServer {
  readonly url: string;
  readonly wsUrl: string;
  /** Bodies of `POST /api/orchestrator/send`. */
  readonly sends: JsonObject[];
  /** What clients said on the WebSocket. */
  readonly said: string[];
  /** What `GET /api/emails/inbox` answers, newest first. */
  inbox: JsonObject[];
  /** How often the inbox was asked for. */
  inboxReads(): number;
  sockets(): number;
  /** How many WebSockets were ever opened. */
  opened(): number;
  tell(message: object | string): void;
  /** Ends all WebSockets without a word. */
  cut(): void;
  /** Answers no more pings. */
  mute(): void;
  close(): Promise<void>;
}

/**
 * The far end of either profile, for what no sound agent does: it fails as it is told to. The public demo's messages are
 * written after its source (`database/email-db.ts` for the rows).
 */
export async function agentServer(
  options: {
    readonly failure?: Failure;
    readonly profile?: "orchestrator" | "public-demo";
    readonly acknowledges?: boolean;
    readonly port?: number;
  } = {},
): Promise<AgentServer> {
  const { failure, profile = "orchestrator", acknowledges = true, port = 0 } = options;
  const sends: JsonObject[] = [];
  const said: string[] = [];
  const sockets = new Set<WebSocket>();
  let inboxReads = 0;
  let opened = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const json = (value: unknown, status = 200, headers: Record<string, string> = {}) =>
      void response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(value));
    if (request.url === "/api/orchestrator/send") {
      sends.push(JSON.parse(body) as JsonObject);
      if (failure === "silence") return;
      if (failure === "hang up") return void request.socket.destroy();
      if (failure !== undefined)
        return json(failure.body ?? { success: false }, failure.status, failure.headers);
      return json({ success: true, messageId: `<${sends.length}@example.com>` });
    }
    if (request.url?.startsWith("/api/emails/inbox")) {
      inboxReads += 1;
      return json(server.inbox);
    }
    if (request.url === "/api/emails/search") return json(server.inbox);
    json({}, 404);
  }

  const http = createServer((request, response) => void answer(request, response));
  const ws = new WebSocketServer({ server: http, path: "/ws", autoPong: true });
  ws.on("connection", (socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    socket.on("message", (data) => {
      said.push(String(data));
      const message = JSON.parse(String(data)) as { type?: string; channel?: string };
      if (message.type === "subscribe" && acknowledges && profile === "orchestrator")
        socket.send(JSON.stringify({ type: "subscribed", channel: message.channel }));
    });
  });
  http.listen(port, "127.0.0.1");
  await once(http, "listening");
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const server: AgentServer = {
    url,
    wsUrl: `${url.replace("http", "ws")}/ws`,
    sends,
    said,
    inbox: [],
    inboxReads: () => inboxReads,
    sockets: () => sockets.size,
    opened: () => opened,
    tell(message) {
      for (const socket of sockets)
        socket.send(typeof message === "string" ? message : JSON.stringify(message));
    },
    cut() {
      for (const socket of sockets) socket.terminate();
    },
    mute() {
      for (const socket of sockets) socket.pause();
    },
    async close() {
      for (const socket of sockets) socket.terminate();
      ws.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}
