import type { SendResult } from "@hybrid-orchestrator/core";
import { readRetryAfter, type SafeResponse } from "@hybrid-orchestrator/safe-http";

/** Longer is not believed: every delivery's deadline comes sooner, and a bad clock can say anything. */
const longestWaitMs = 24 * 60 * 60_000;

export interface OutcomeContext {
  readonly webhookId: string;
  readonly now: number;
  /** Whether the URL comes from the configuration and not from the recipient. */
  readonly isConfigured: boolean;
}

/** What a request says about a message. Nothing of the answer's body: it is the receiver's. */
export function outcomeOf(response: SafeResponse, context: OutcomeContext): SendResult {
  switch (response.outcome) {
    case "answered":
      return outcomeOfStatus(response.status, response.headers["retry-after"], context);
    case "unknown":
      return { outcome: "ambiguous", reason: `No answer came. ${response.error.message}` };
    case "not_sent": {
      const { code, retryable, message: reason } = response.error;
      if (retryable) return { outcome: "retryable", reason };
      const isTheirs = !context.isConfigured && code !== "invalid_argument";
      return { outcome: isTheirs ? "permanent" : "misconfigured", reason };
    }
  }
}

function outcomeOfStatus(
  status: number,
  retryAfter: string | string[] | undefined,
  { webhookId, now }: OutcomeContext,
): SendResult {
  const reason = `The endpoint answered ${status}`;
  if (status >= 200 && status < 300) return { outcome: "sent", externalId: webhookId };
  if (status >= 300 && status < 400)
    return { outcome: "permanent", reason: `${reason}, and redirects are not followed.` };
  switch (status) {
    case 401:
    case 403:
      return { outcome: "misconfigured", reason: `${reason}. Check the secrets and headers.` };
    case 410:
      return { outcome: "permanent", reason: `${reason}: it is gone.`, suppress: true };
    case 429:
    case 503: {
      const retryAfterMs = readRetryAfter(retryAfter, now);
      return {
        outcome: "retryable",
        reason: `${reason}.`,
        ...(retryAfterMs !== undefined && { retryAfterMs: Math.min(retryAfterMs, longestWaitMs) }),
      };
    }
    case 408:
    case 425:
      return { outcome: "retryable", reason: `${reason}.` };
    default:
      return { outcome: status >= 500 && status < 600 ? "retryable" : "permanent", reason: `${reason}.` };
  }
}
