import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { findPrograms, makeFolder, serverUser } from "./binaries.js";

const password = "correct-horse";
// What tells that it is ready is read from its log.
const environment = { ...process.env, LC_MESSAGES: "C" };
const ready = "database system is ready to accept connections";

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
  const folder = makeFolder();
  const data = join(folder, "data");
  const user = serverUser();
  const port = await freePort();
  let program: (name: string) => string;
  try {
    chmodSync(folder, 0o755);
    program = await findPrograms(folder);
    mkdirSync(data, { mode: 0o700 });
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, password);
    if (user.uid !== undefined && user.gid !== undefined) chownSync(data, user.uid, user.gid);
    execFileSync(
      program("initdb"),
      [
        ...["-D", data, "-U", "tester", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"],
        ...["--encoding=UTF8", "--locale=C", "--no-sync"],
      ],
      { ...user, cwd: folder, env: environment, stdio: "pipe" },
    );
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL could not be set up: ${String(error)}`, { cause: error });
  }

  let running: ChildProcess | null = null;

  async function start(): Promise<void> {
    const settings = [
      ...["listen_addresses=127.0.0.1", "unix_socket_directories=", `port=${port}`, "max_connections=200"],
      // Nothing here has to outlive a power failure.
      ...["fsync=off", "full_page_writes=off", "shared_buffers=32MB", "autovacuum=off"],
    ];
    const child = spawn(program("postgres"), ["-D", data, ...settings.flatMap((one) => ["-c", one])], {
      ...user,
      cwd: folder,
      env: environment,
      stdio: ["ignore", "ignore", "pipe"],
    });
    running = child;
    // Whatever ends this process, no server stays behind.
    const kill = () => void child.kill("SIGKILL");
    process.once("exit", kill);
    child.once("exit", () => process.off("exit", kill));
    let log = "";
    await new Promise<void>((resolve, reject) => {
      child.stderr.on("data", (text: Buffer) => {
        log = `${log}${text.toString()}`.slice(-10_000);
        if (log.includes(ready)) resolve();
      });
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`PostgreSQL did not start.\n${log}`)));
    });
  }

  async function stop(): Promise<void> {
    const child = running;
    running = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    // A fast shutdown: connections are ended, and what was committed is kept.
    child.kill("SIGINT");
    await exited;
  }

  return {
    url: `postgres://tester:${password}@127.0.0.1:${port}/postgres`,
    start,
    stop,
    async dispose() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
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
