import { createServer, type Server, type Socket, connect as toServer } from "node:net";
import { atEnd } from "./database.js";

/** What becomes of the connection over which a COMMIT goes. */
type Fate =
  /** The answer comes. */
  | "answered"
  /** The server gets it, and the connection breaks before the answer. */
  | "unanswered"
  /** The connection breaks before the server gets it. */
  | "undelivered";

export interface Proxy {
  readonly connectionString: string;
  /** Fates of the next COMMITs, in order; after them each is answered. */
  readonly fates: Fate[];
  /** From now on nobody gets through. */
  refuse(): void;
}

/** A stretch of network between a storage and its server, on which connections break at chosen moments. */
export async function networkTo(connectionString: string): Promise<Proxy> {
  const target = new URL(connectionString);
  const { port, hostname } = target;
  const fates: Fate[] = [];
  const sockets = new Set<Socket>();
  let refusing = false;
  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = toServer(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // A broken connection is what this is for.
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        client.destroy();
        upstream.destroy();
      });
    }
    let silent = false;
    client.on("data", (data) => {
      const fate = data.includes("COMMIT\0") ? (fates.shift() ?? "answered") : "answered";
      if (fate === "undelivered") {
        client.destroy();
        return;
      }
      if (fate === "unanswered") silent = true;
      upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (silent) client.destroy();
      else client.write(data);
    });
  });
  await listening(server);
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  target.port = String(typeof address === "object" && address !== null ? address.port : 0);
  return {
    connectionString: target.href,
    fates,
    refuse() {
      refusing = true;
    },
  };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
}
