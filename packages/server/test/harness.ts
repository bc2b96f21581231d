import { connect, type Socket } from "node:net";
import type { JsonObject, Logger, Plugin, Route } from "@hybrid-orchestrator/core";
import {
  createOrchestrator,
  type Orchestrator,
  type OrchestratorOptions,
} from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type VirtualClock, virtualClock } from "@hybrid-orchestrator/testkit";
import { afterEach } from "vitest";
import { createServer, type OrchestratorServer, type ServerOptions } from "../src/index.js";

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Called after the test, last in first out. */
export function atEnd(end: () => void | Promise<void>): void {
  ends.push(end);
}

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: JsonObject;
}

export interface Harness {
  readonly orchestrator: Orchestrator;
  readonly server: OrchestratorServer;
  readonly clock: VirtualClock;
  readonly url: string;
  readonly port: number;
  /** What was logged. */
  readonly lines: Line[];
}

export interface HarnessOptions {
  readonly plugins?: readonly Plugin[];
  readonly orchestrator?: Partial<OrchestratorOptions>;
  readonly server?: Omit<ServerOptions, "orchestrator">;
  /** Default: true */
  readonly start?: boolean;
}

/** A server on a free port of the loopback interface, on a clock that stands still. */
export async function harness(options: HarnessOptions = {}): Promise<Harness> {
  const clock = virtualClock();
  const lines: Line[] = [];
  const orchestrator = createOrchestrator({
    storage: sqliteStorage({ path: ":memory:" }),
    clock,
    logger: recordingLogger(lines),
    plugins: options.plugins ?? [],
    ...options.orchestrator,
  });
  atEnd(() => orchestrator.stop());
  if (options.start ?? true) await orchestrator.start();
  const server = createServer({ orchestrator, ...options.server });
  atEnd(() => server.close());
  const { url, port } = await server.listen({ port: 0 });
  return { orchestrator, server, clock, url, port, lines };
}

function recordingLogger(lines: Line[]): Logger {
  const at =
    (level: string) =>
    (message: string, fields: JsonObject = {}) =>
      void lines.push({ level, message, fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

export function routes(name: string, ...given: readonly Route[]): Plugin {
  return {
    specVersion: 1,
    name,
    setup(host) {
      for (const route of given) host.route(route);
    },
  };
}

export function post(path: string, handle: Route["handle"]): Route {
  return { method: "POST", path, handle };
}

export const fine = async (): Promise<Response> => new Response("fine");

/** A promise that a test settles, and that says when somebody waits for it. */
export function gate(): {
  readonly entered: Promise<void>;
  readonly pass: () => Promise<void>;
  readonly open: () => void;
} {
  const entered = withResolvers();
  const opened = withResolvers();
  return {
    entered: entered.promise,
    pass() {
      entered.resolve();
      return opened.promise;
    },
    open: opened.resolve,
  };
}

export interface RawConnection {
  readonly socket: Socket;
  /** Everything that came so far. */
  readonly text: () => string;
  /** Resolves when what came matches. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves when the other side ended the connection. */
  readonly ended: Promise<string>;
}

/** Writes bytes as they are, where an HTTP client would be too well-behaved. */
export function rawConnection(port: number, first = ""): RawConnection {
  let text = "";
  const socket = connect(port, "127.0.0.1", () => socket.write(first));
  atEnd(() => void socket.destroy());
  socket.setEncoding("utf8").on("error", () => undefined);
  const ended = new Promise<string>((resolve) => socket.once("close", () => resolve(text)));
  socket.on("data", (chunk) => {
    text += String(chunk);
  });
  return {
    socket,
    text: () => text,
    ended,
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => pattern.test(text) && resolve(text);
        look();
        socket.on("data", look);
        socket.once("close", () => reject(new Error(`The connection ended after: ${text}`)));
      }),
  };
}

export async function problemOf(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}

// Promise.withResolvers needs Node.js 22.
function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
