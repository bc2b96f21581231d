import type { JsonObject, Logger } from "@hybrid-orchestrator/core";
import type { Settings } from "./settings.js";

const levels = ["debug", "info", "warn", "error"] as const;

/** One JSON object a line. Callers pass masked addresses and no texts of mails. */
export function createLogger(least: Settings["logLevel"], write: (line: string) => void): Logger {
  const log =
    (level: (typeof levels)[number]) =>
    (message: string, fields: JsonObject = {}) => {
      if (levels.indexOf(level) < levels.indexOf(least)) return;
      write(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }));
    };
  return { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") };
}
