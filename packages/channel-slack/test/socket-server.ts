import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { atEnd, send } from "./slack-server.js";

export interface SocketServer {
  readonly baseUrl: string;
  /** The tokens with which connections were asked for. */
  readonly tokens: readonly (string | undefined)[];
  /** The next connection, after its hello. */
  connected(): Promise<WebSocket>;
  /** The next acknowledgement's envelope id. */
  acknowledged(): Promise<string>;
}

/** Slack's side of Socket Mode: apps.connections.open, then envelopes and their acknowledgements over a WebSocket. */
export async function socketServer({
  refuse = () => false,
}: {
  refuse?: () => boolean;
} = {}): Promise<SocketServer> {
  const tokens: (string | undefined)[] = [];
  const connections = queue<WebSocket>();
  const acknowledgements = queue<string>();
  const server = createServer((request, response) => {
    tokens.push(request.headers.authorization);
    request.resume();
    if (refuse()) return send(response, 200, { ok: false, error: "invalid_auth" });
    const { port } = server.address() as AddressInfo;
    send(response, 200, { ok: true, url: `ws://127.0.0.1:${port}/link?ticket=secret-ticket` });
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.on("message", (data) =>
      acknowledgements.push((JSON.parse(String(data)) as { envelope_id: string }).envelope_id),
    );
    socket.send(JSON.stringify({ type: "hello", num_connections: 1 }));
    connections.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(async () => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/api`,
    tokens,
    connected: connections.next,
    acknowledged: acknowledgements.next,
  };
}

function queue<Item>() {
  const items: Item[] = [];
  const waiting: ((item: Item) => void)[] = [];
  return {
    push(item: Item) {
      const next = waiting.shift();
      if (next === undefined) items.push(item);
      else next(item);
    },
    next: () =>
      new Promise<Item>((resolve) => {
        const item = items.shift();
        if (item === undefined) waiting.push(resolve);
        else resolve(item);
      }),
  };
}
