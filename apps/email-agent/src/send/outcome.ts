import { errorMessage } from "@hybrid-orchestrator/core";
import { maskAddresses } from "../address.js";

/** How an attempt to send ended. */
export type SendOutcome =
  | { readonly outcome: "sent" }
  /** Not sent; the same request may succeed later. */
  | { readonly outcome: "retryable"; readonly reason: string; readonly retryAfterSeconds?: number }
  /** Not sent, and never will be as it is. */
  | { readonly outcome: "permanent"; readonly reason: string }
  /** The mail was written and no answer came: it may have been sent. */
  | { readonly outcome: "ambiguous"; readonly reason: string }
  /** Not sent, whoever the recipient: the service's own account is refused. */
  | { readonly outcome: "misconfigured"; readonly reason: string };

/**
 * What an error of the SMTP client means. `handedOver`: the whole mail had been written, so a lost connection leaves
 * open whether it was taken. Before that, RFC 5321 has the server throw away what it got.
 */
export function classify(error: unknown, { handedOver }: { readonly handedOver: boolean }): SendOutcome {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  const reason = maskAddresses(errorMessage(error)).replace(/\s+/g, " ");
  if (typeof responseCode === "number" && responseCode >= 400) {
    if (responseCode < 500) return { outcome: "retryable", reason, ...retryAfter(reason) };
    // Refused before there was a recipient: the greeting, TLS, the account. 530: authentication or STARTTLS is required.
    const early = code === "EAUTH" || code === "ETLS" || code === "EPROTOCOL" || responseCode === 530;
    if (early) return { outcome: "misconfigured", reason };
    return { outcome: "permanent", reason };
  }
  if (handedOver) return { outcome: "ambiguous", reason };
  switch (code) {
    case "EAUTH":
    case "ENOAUTH":
    case "ECONFIG":
      return { outcome: "misconfigured", reason };
    // The client's own refusals: an envelope that the server cannot take, a mail above its SIZE.
    case "EENVELOPE":
    case "EMESSAGE":
      return { outcome: "permanent", reason };
    default:
      return { outcome: "retryable", reason };
  }
}

const secondsOf = { s: 1, m: 60, h: 3_600 };

/** SMTP has no header for it, but greylisting servers say it: `try again in 300 seconds`. At most a day. */
function retryAfter(reason: string): { readonly retryAfterSeconds?: number } {
  const match = /\b(?:in|after|for) (\d{1,6}) ?(s|m|h)(?:ec|econd|in|inute|our)?s?\b/i.exec(reason);
  const unit = match?.[2]?.toLowerCase();
  if (match === null || (unit !== "s" && unit !== "m" && unit !== "h")) return {};
  const seconds = Number(match[1]) * secondsOf[unit];
  return seconds > 0 && seconds <= 86_400 ? { retryAfterSeconds: seconds } : {};
}
