import { type OlderForm, secondsToMs } from "./keys.js";

/** The e-mail channel's older keys: it writes through an email-agent that has the orchestrator's routes. */
export const olderEmail: OlderForm = {
  keys: {
    base_url: { to: ["baseUrl"] },
    api_key: { to: ["apiKey"] },
    timeout: { to: ["timeoutMs"], read: secondsToMs },
    default_from: { to: ["from"] },
  },
  complete: (options) =>
    options.baseUrl !== undefined && options.profile === undefined
      ? { ...options, profile: "orchestrator" }
      : options,
};

/** `email_listener.config`, which is the same channel's listening half. */
export const olderListener: OlderForm = {
  keys: {
    ws_url: { to: ["listener", "url"] },
    api_key: { to: ["listener", "apiKey"] },
    reconnect_delay: { to: ["listener", "reconnectDelayMs"], read: secondsToMs },
    max_reconnect_attempts: { to: ["listener", "maxReconnectAttempts"] },
  },
};
