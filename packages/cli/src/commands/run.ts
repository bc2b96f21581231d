import { loadConfig } from "@hybrid-orchestrator/config";
import { errorMessage, type JsonObject, type Logger } from "@hybrid-orchestrator/core";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import type { Context } from "../context.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import type { Io } from "../io.js";
import { printable } from "../output.js";

const levels = ["debug", "info", "warn", "error"] as const;
type Level = (typeof levels)[number];

interface RunOptions {
  readonly logLevel: Level;
}

/** Runs until it is asked to stop; then finishes what is under way. A second time: it stops at once. */
export async function run({ io, json, loadOptions }: Context, { logLevel }: RunOptions): Promise<ExitCode> {
  const logger = createLogger(io, json, logLevel);
  const stops = waitForSignals(io, logger);
  try {
    return await Promise.race([runUntil(stops.asked), stops.hurried]);
  } finally {
    stops.end();
  }

  async function runUntil(asked: Promise<void>): Promise<ExitCode> {
    const { options, server: serving, path } = await loadConfig(loadOptions);
    await using orchestrator = createOrchestrator({ ...options, clock: io.clock, logger });
    await orchestrator.start();
    await using server = serving === null ? undefined : createServer({ orchestrator, ...serving.options });
    const url = serving === null ? null : (await server?.listen(serving.listen))?.url;
    const ready = {
      ...(url != null && { url }),
      config: path,
      channels: orchestrator.channels.list().map(({ name }) => name),
      triggers: orchestrator.triggers.length,
    };
    // Whoever waits for it reads standard output, whatever the log level.
    if (json) io.stdout(`${JSON.stringify({ time: now(io), level: "info", message: "ready", ...ready })}\n`);
    else
      io.stdout(
        `Ready${url == null ? "" : ` at ${url}`}: ${ready.triggers} triggers, channels ${ready.channels.join(", ") || "none"}. Ctrl+C stops.\n`,
      );
    await asked;
    return exitCodes.done;
  }
}

function waitForSignals(io: Io, logger: Logger) {
  let asked: () => void = () => undefined;
  let hurried: (code: ExitCode) => void = () => undefined;
  let times = 0;
  const waits = {
    asked: new Promise<void>((resolve) => {
      asked = resolve;
    }),
    hurried: new Promise<ExitCode>((resolve) => {
      hurried = resolve;
    }),
  };
  const end = io.onSignal((signal) => {
    times += 1;
    if (times > 1) return hurried(exitCodes.interrupted);
    logger.info("stopping", { signal });
    asked();
  });
  return { ...waits, end };
}

function createLogger(io: Io, json: boolean, least: Level): Logger {
  const log =
    (level: Level) =>
    (message: string, fields: JsonObject = {}) => {
      if (levels.indexOf(level) < levels.indexOf(least)) return;
      if (json) io.stdout(`${JSON.stringify({ time: now(io), level, message, ...fields })}\n`);
      else io.stderr(`${level} ${printable(message)}${tellFields(fields)}\n`);
    };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}

function tellFields(fields: JsonObject): string {
  try {
    return Object.keys(fields).length === 0 ? "" : ` ${printable(JSON.stringify(fields))}`;
  } catch (error) {
    return ` (fields cannot be shown: ${errorMessage(error)})`;
  }
}

function now(io: Io): string {
  return new Date(io.clock.now()).toISOString();
}
