import type { Logger } from "chat";

/** The lines of `chat` and its adapters hold names, ids and texts of people. What matters is told by the channel itself. */
export const silent: Logger = {
  child: () => silent,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
