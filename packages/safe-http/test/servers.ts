import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { afterEach } from "vitest";
import {
  type ConnectionOptions,
  createSafeDispatcher,
  type SafeDispatcher,
  type UrlPolicyOptions,
} from "../src/index.js";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

export interface TestServer {
  readonly port: number;
  readonly origin: string;
  /** Every connection that was made, oldest first. */
  readonly sockets: readonly Socket[];
}

export function httpServer(listener: RequestListener): Promise<TestServer> {
  return listen(createHttpServer(listener), "http:");
}

export function httpsServer(options: ServerOptions, listener: RequestListener): Promise<TestServer> {
  return listen(createHttpsServer(options, listener), "https:");
}

/** A server that does with a connection what it likes. */
export function tcpServer(onSocket: (socket: Socket) => void): Promise<TestServer> {
  // Without resume, a socket that nobody reads never notices its end.
  return listen(
    createTcpServer((socket) => {
      onSocket(socket);
      socket.resume();
    }),
    "http:",
  );
}

/** A dispatcher that is destroyed after the test. */
export function dispatcherFor(policy: UrlPolicyOptions, options: ConnectionOptions = {}): SafeDispatcher {
  const dispatcher = createSafeDispatcher(policy, options);
  closing.push(() => dispatcher.destroy());
  return dispatcher;
}

/** A dispatcher that may reach one server. */
export function dispatcherTo({ origin }: TestServer, options: ConnectionOptions = {}): SafeDispatcher {
  return dispatcherFor({ trustedOrigins: [origin] }, options);
}

/** A port where nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listen(server: Server, protocol: string): Promise<TestServer> {
  const sockets: Socket[] = [];
  server.on("connection", (socket) => {
    socket.on("error", () => undefined);
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { port, origin: `${protocol}//127.0.0.1:${port}`, sockets };
}
