import { errorMessage } from "@hybrid-orchestrator/core";
import { maskAddresses } from "./address.js";

/** How an attempt to hand a mail to a server ended. Reasons hold no full address. */
export type SmtpOutcome =
  | { readonly outcome: "sent" }
  /** Not sent; the same request may succeed later. */
  | { readonly outcome: "retryable"; readonly reason: string; readonly retryAfterSeconds?: number }
  /** Not sent, and never will be as it is. `suppress`: the address itself is at fault. */
  | { readonly outcome: "permanent"; readonly reason: string; readonly suppress?: true }
  /** The mail was written and no answer came: it may have been sent. */
  | { readonly outcome: "ambiguous"; readonly reason: string }
  /** Not sent, whoever the recipient: the service's own account is refused. */
  | { readonly outcome: "misconfigured"; readonly reason: string };

/**
 * What an error of the SMTP client means. `handedOver`: the whole mail had been written, so a lost connection leaves
 * open whether it was taken. Before that, RFC 5321 has the server throw away what it got.
 */
export function classify(error: unknown, { handedOver }: { readonly handedOver: boolean }): SmtpOutcome {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  const reason = maskAddresses(errorMessage(error)).replace(/\s+/g, " ").slice(0, 400);
  if (typeof responseCode === "number" && responseCode >= 400) {
    if (responseCode < 500) return { outcome: "retryable", reason, ...retryAfter(reason) };
    // Refused before there was a recipient: the greeting, TLS, the account. 530: authentication or STARTTLS is required.
    const early = code === "EAUTH" || code === "ETLS" || code === "EPROTOCOL" || responseCode === 530;
    if (early) return { outcome: "misconfigured", reason };
    return { outcome: "permanent", reason, ...(isDeadAddress(responseCode, reason) && { suppress: true }) };
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

/** Only with an enhanced status: without one, 550 says as often that a filter did not like the mail. */
function isDeadAddress(responseCode: number, reason: string): boolean {
  const status = /\b5\d\d[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(reason)?.[1];
  return [550, 551, 553].includes(responseCode) && status !== undefined && namesDeadAddress(status);
}

/** RFC 3463, 3.2 and RFC 7505: the mailbox or its domain does not exist, has moved, or takes no mail at all. */
export function namesDeadAddress(status: string): boolean {
  return ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"].includes(status);
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
