import { safeReason } from "@hybrid-orchestrator/channel-hub";
import type { JsonObject, Logger } from "@hybrid-orchestrator/core";

/**
 * The caller's logger, which cannot stop the work that it is told of. Texts of errors come from plugins and vendors and
 * may hold anything, so addresses, numbers and what looks like a secret are masked.
 */
export function safeLogger(logger: Logger): Logger {
  const guard =
    (level: keyof Logger) =>
    (message: string, fields?: JsonObject): void => {
      try {
        logger[level](message, fields === undefined ? undefined : masked(fields));
      } catch {
        // There is nowhere left to report it.
      }
    };
  return { debug: guard("debug"), info: guard("info"), warn: guard("warn"), error: guard("error") };
}

function masked(fields: JsonObject): JsonObject {
  return typeof fields.error === "string" ? { ...fields, error: safeReason(fields.error) } : fields;
}
