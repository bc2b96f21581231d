import type { Readable } from "node:stream";
import type { Modules } from "@hybrid-orchestrator/config";
import { type Clock, systemClock } from "@hybrid-orchestrator/core";

/** The world outside, so that a test can be it. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Default: at its end. */
  readonly stdin?: Readable;
  /** Whether somebody looks at standard error, so that a progress bar makes sense. */
  readonly isTerminal: boolean;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** How the packages that a configuration names are loaded. Default: from beside it. */
  readonly modules?: Modules;
  /** Calls `listener` each time the process is asked to stop, and keeps it alive until the returned function is called. */
  onSignal(listener: (name: string) => void): () => void;
}

const longestTimeoutMs = 2 ** 31 - 1;

/** The process itself. With `strict` nothing but what a command writes reaches standard output. */
export function processIo({ strict }: { readonly strict: boolean }): Io {
  const stdout = process.stdout.write.bind(process.stdout);
  const stderr = process.stderr.write.bind(process.stderr);
  // A plugin may print, as the console channel does.
  if (strict) process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  // Whoever reads may go before we do, as `head` does.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosedPipe);
  return {
    stdout: (text) => void stdout(text),
    stderr: (text) => void stderr(text),
    get stdin() {
      // Only looking at it makes Node.js open it.
      return process.stdin;
    },
    isTerminal: process.stderr.isTTY === true,
    cwd: process.cwd(),
    env: process.env,
    clock: systemClock,
    onSignal(listener) {
      const alive = setInterval(() => undefined, longestTimeoutMs);
      process.on("SIGINT", listener).on("SIGTERM", listener);
      return () => {
        clearInterval(alive);
        process.off("SIGINT", listener).off("SIGTERM", listener);
      };
    },
  };
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
