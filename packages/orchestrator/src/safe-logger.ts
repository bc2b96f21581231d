import type { JsonObject, Logger } from "@hybrid-orchestrator/core";

/** The caller's logger, which cannot stop the work that it is told of. */
export function safeLogger(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (message: string, fields?: JsonObject): void => {
      try {
        logger[level](message, fields);
      } catch {
        // There is nowhere left to report it.
      }
    };
  return { debug: guard("debug"), info: guard("info"), warn: guard("warn"), error: guard("error") };
}
