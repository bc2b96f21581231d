import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { type Logger, OrchestratorError } from "@hybrid-orchestrator/core";
import type { ListenOptions, Settings } from "../config.js";

export interface ListenerParts {
  readonly fetch: (request: Request) => Promise<Response>;
  /** The answer to what is not even a request, such as one whose Host is no host. */
  readonly malformed: () => Response;
  readonly settings: Settings;
  readonly logger: Logger;
}

export interface Listener {
  readonly port: number;
  readonly url: string;
  /** Takes nothing new and ends idle connections; resolves when the last one has ended. */
  stop(): Promise<void>;
  /** Ends connections that are still there. */
  destroy(): void;
}

/** @throws OrchestratorError `listen_failed` */
export async function startListener(
  parts: ListenerParts,
  address: Required<ListenOptions>,
): Promise<Listener> {
  const { settings, logger } = parts;
  const sockets = new Set<Socket>();
  const busy = new Set<ServerResponse>();
  let stopping = false;

  const answer = getRequestListener(parts.fetch, {
    // An HTTP/1.0 client may leave the header Host out.
    hostname: "localhost",
    // Replacing the globals of whoever uses this package is not ours to do.
    overrideGlobalObjects: false,
    errorHandler: parts.malformed,
  });
  const server = createServer(
    {
      headersTimeout: settings.headersTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      keepAliveTimeout: settings.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, settings.headersTimeoutMs),
    },
    (request, response) => {
      busy.add(response);
      response.once("close", () => {
        busy.delete(response);
        // Its head may have left before the stop, with the promise of keeping the connection.
        if (stopping) request.socket.destroySoon();
      });
      void answer(request, response);
    },
  );
  server.maxConnections = settings.maxConnections;
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await listening(server, address);
  server.on("error", (error) => logger.error("The server failed.", { error: error.message }));

  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${nameOf(address.host)}:${port}`,
    async stop() {
      stopping = true;
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const response of busy) response.shouldKeepAlive = false;
      const inUse = new Set([...busy].map(({ req }) => req.socket));
      for (const socket of sockets) if (!inUse.has(socket)) socket.destroy();
      await ended;
    },
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listening(server: Server, { port, host }: Required<ListenOptions>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new OrchestratorError(
          "listen_failed",
          `The server cannot listen on ${host}:${port} (${error.code ?? error.message}). Choose another port or host.`,
          { cause: error },
        ),
      ),
    );
    server.listen({ port, host }, resolve);
  });
  server.removeAllListeners("error");
}

/** A host that a client on this machine can call. */
function nameOf(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
