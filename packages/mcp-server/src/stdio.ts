import type { Readable, Writable } from "node:stream";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import { buildServer, type Parts } from "./build.js";
import { readClientName } from "./config.js";

export interface StdioOptions {
  /** Whose sessions they are. Default: `local`. */
  readonly client?: string;
  /** Default: the process's own. Whatever else is written to standard output breaks the protocol. */
  readonly stdin?: Readable;
  readonly stdout?: Writable;
}

export interface McpConnection extends AsyncDisposable {
  /** Resolves when the client has gone, or `close` was called. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

const maxMessageBytes = 4 * 1_024 * 1_024;

export function serveStream(parts: Parts, options: StdioOptions): McpConnection {
  const { client = "local", stdin = process.stdin, stdout = process.stdout } = options;
  const name = readClientName(client);
  const { logger } = parts;
  const gone = new Promise<void>((resolve) => {
    stdin.once("end", resolve).once("close", resolve);
    // A client that dies while it is written to.
    stdout.once("close", resolve).once("error", () => resolve());
  });
  const handle = serveStdio(() => buildServer(parts, { name }), {
    transport: new StdioServerTransport(stdin, stdout, { maxBufferSize: maxMessageBytes }),
    onerror: (error) => logger.warn("MCP over stdio failed.", { error: error.message }),
    maxSubscriptions: 8,
  });
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= handle.close();
    return closing;
  };
  let tell: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return {
    closed: Promise.race([gone, asked]).then(close),
    close() {
      tell();
      return close();
    },
    [Symbol.asyncDispose]: () => close(),
  };
}
