import { suggestName } from "@hybrid-orchestrator/core";
import { type Path, type Problem, problem } from "../problem.js";
import type { Converted } from "./convert.js";
import { type OlderForm, secondsToMs } from "./keys.js";

const defaultBaseUrl = "http://localhost:3001";

/** The e-mail channel's older keys: it writes through an e-mail agent that has the orchestrator's routes. */
export const olderEmail: OlderForm = {
  keys: {
    base_url: { to: ["baseUrl"] },
    api_key: { to: ["apiKey"] },
    timeout: { to: ["timeoutSeconds"], read: (value) => (isNumeric(value) ? Number(value) : value) },
  },
  gone: {
    default_from: "is no option any more: the e-mail agent has the sender's address in its own settings",
  },
  complete: (options) => {
    if (options.way !== undefined && options.way !== "orchestrator") return options;
    const { baseUrl } = options;
    return {
      way: "orchestrator",
      // The file says where the agent is, so that is where it may be, in a private network too.
      ...(typeof baseUrl === "string" &&
        URL.canParse(baseUrl) && { trustedOrigins: [new URL(baseUrl).origin] }),
      ...options,
    };
  },
};

export interface Listening {
  readonly converted: Converted;
  readonly problems: readonly Problem[];
}

const listenerKeys = ["ws_url", "api_key", "reconnect_delay", "max_reconnect_attempts"];

/**
 * `email_listener.config` is the same channel's listening half. It listens where it writes, with the same key, and never
 * gives up, so that only the delay is left to be said; what says something else is refused.
 */
export function addListener(own: Converted, config: Readonly<Record<string, unknown>>, at: Path): Listening {
  const { ws_url: url, api_key: key, reconnect_delay: delay } = config;
  const { baseUrl = defaultBaseUrl, apiKey, way } = own.options;
  const problems: Problem[] = Object.keys(config)
    .filter((name) => !listenerKeys.includes(name))
    .map((name) =>
      problem("unknown_key", [...at, name], `is not known here${suggestName(name, listenerKeys)}`),
    );
  const refuse = (name: string, text: string) => problems.push(problem("invalid_value", [...at, name], text));
  if (way !== "orchestrator") problems.push(problem("invalid_value", at, "goes with an e-mail agent alone"));
  if (url !== undefined && url !== `${String(baseUrl).replace(/^http/, "ws").replace(/\/+$/, "")}/ws`)
    refuse("ws_url", "must be base_url of channels.email with ws for http, and /ws after it");
  if (key !== undefined && key !== apiKey) refuse("api_key", "must be the same as that of channels.email");
  if (delay === undefined) return { converted: own, problems };
  return {
    converted: {
      ...own,
      options: { ...own.options, reconnectDelayMs: secondsToMs(delay) },
      toSource: (path) => (path[0] === "reconnectDelayMs" ? [...at, "reconnect_delay"] : own.toSource(path)),
    },
    problems,
  };
}

function isNumeric(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
}
