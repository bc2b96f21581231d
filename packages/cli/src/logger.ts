import { errorMessage, type JsonObject, type Logger } from "@hybrid-orchestrator/core";
import type { Io } from "./io.js";
import { printable } from "./output.js";

export const levels = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof levels)[number];

export interface LoggerOptions {
  readonly json: boolean;
  readonly least: Level;
  readonly writeJson: (text: string) => void;
}

/** One line for each thing that is told: a text on standard error, or a JSON document where `writeJson` writes it. */
export function createLogger(io: Io, { json, least, writeJson }: LoggerOptions): Logger {
  const log =
    (level: Level) =>
    (message: string, fields: JsonObject = {}) => {
      if (levels.indexOf(level) < levels.indexOf(least)) return;
      if (json) writeJson(`${JSON.stringify({ time: now(io), level, message, ...fields })}\n`);
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

export function now(io: Io): string {
  return new Date(io.clock.now()).toISOString();
}
