/**
 * - `reached`: somebody answered. `missed`: nobody did, or not a person. `failed`: it was never placed.
 * - `unknown`: none that we know.
 */
export type CallEnd = "reached" | "missed" | "failed" | "unknown";

/** By prefix, since there are some 600 and more come. Source: docs.vapi.ai, "Call ended reasons". */
const prefixes: readonly (readonly [string, CallEnd])[] = [
  ["customer-did-not-answer", "missed"],
  ["customer-busy", "missed"],
  ["voicemail", "missed"],
  ["customer-ended-call", "reached"],
  ["customer-did-not-give-microphone-permission", "missed"],
  ["assistant-ended-call", "reached"],
  ["assistant-said-end-call-phrase", "reached"],
  ["assistant-forwarded-call", "reached"],
  ["assistant-not-", "failed"],
  ["assistant-request-", "failed"],
  ["exceeded-max-duration", "reached"],
  ["silence-timed-out", "reached"],
  ["vapi", "unknown"],
  ["manually-canceled", "failed"],
  ["twilio-failed-to-connect-call", "failed"],
  ["twilio-reported-customer-misdialed", "failed"],
  ["vonage-failed-to-connect-call", "failed"],
  ["vonage-rejected", "failed"],
  ["phone-call-provider-closed-websocket", "unknown"],
  ["call.start.error-", "failed"],
  ["call.ringing.", "missed"],
  ["call.in-progress.", "reached"],
  ["call.forwarding.", "reached"],
];

export function callEnd(endedReason: string): CallEnd {
  return prefixes.find(([prefix]) => endedReason.startsWith(prefix))?.[1] ?? "unknown";
}
