import { Readable, Writable } from "node:stream";
import { loadConfig } from "@hybrid-orchestrator/config";
import { type ApprovalWay, createMcpServer } from "@hybrid-orchestrator/mcp-server";
import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import type { Context } from "../context.js";
import { type ExitCode, exitCodes } from "../exit-codes.js";
import type { Io } from "../io.js";
import { createLogger, type Level } from "../logger.js";
import { waitForSignals } from "../signals.js";

interface McpOptions {
  readonly client: string;
  readonly sessions: "own" | "all";
  readonly approvals: ApprovalWay;
  readonly recipients?: boolean;
  readonly logLevel: Level;
}

/** Serves the MCP client that started this process, until it goes. Its server is not opened: another process may run it. */
export async function mcp({ io, json, loadOptions }: Context, given: McpOptions): Promise<ExitCode> {
  const { client, sessions, approvals, recipients = false, logLevel } = given;
  const logger = createLogger(io, { json, least: logLevel, writeJson: io.stderr });
  const stops = waitForSignals(io, logger);
  try {
    return await Promise.race([serve(), stops.hurried]);
  } finally {
    stops.end();
  }

  async function serve(): Promise<ExitCode> {
    const { options } = await loadConfig(loadOptions);
    await using orchestrator = createOrchestrator({ ...options, clock: io.clock, logger });
    const server = createMcpServer({ orchestrator, sessions, approvals, recipients });
    await orchestrator.start();
    await using connection = server.stdio({
      client,
      stdin: io.stdin ?? Readable.from([]),
      stdout: writing(io),
    });
    await Promise.race([connection.closed, stops.asked]);
    return exitCodes.done;
  }
}

/** Nothing but the protocol reaches standard output. */
function writing(io: Io): Writable {
  return new Writable({
    decodeStrings: false,
    write(text, _encoding, done) {
      io.stdout(String(text));
      done();
    },
  });
}
