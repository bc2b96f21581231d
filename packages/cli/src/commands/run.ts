import { loadConfig } from "@hybrid-orchestrator/config";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { createServer } from "@hybrid-orchestrator/server";
import type { Context } from "../context.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import { createLogger, type Level, now } from "../logger.js";
import { waitForSignals } from "../signals.js";

interface RunOptions {
  readonly logLevel: Level;
}

/** Runs until it is asked to stop; then finishes what is under way. A second time: it stops at once. */
export async function run({ io, json, loadOptions }: Context, { logLevel }: RunOptions): Promise<ExitCode> {
  const logger = createLogger(io, { json, least: logLevel, writeJson: io.stdout });
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
