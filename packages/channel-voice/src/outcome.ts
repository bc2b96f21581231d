import type { SendResult } from "@hybrid-orchestrator/core";
import { readRetryAfter, type SafeResponse } from "@hybrid-orchestrator/safe-http";

/** What became of a request that was not taken; null where it was. `now` is for a Retry-After with a date. */
export function refusal(
  response: SafeResponse,
  now: number,
): Exclude<SendResult, { outcome: "sent" }> | null {
  switch (response.outcome) {
    case "not_sent": {
      const { code, retryable } = response.error;
      const reason = `the request to Vapi was not sent (${code})`;
      return { outcome: retryable ? "retryable" : "misconfigured", reason };
    }
    case "unknown":
      return { outcome: "ambiguous", reason: `Vapi did not answer (${response.error.code})` };
    case "answered":
      return refusedWith(response, now);
  }
}

function refusedWith(
  { status, headers }: Extract<SafeResponse, { outcome: "answered" }>,
  now: number,
): Exclude<SendResult, { outcome: "sent" }> | null {
  if (status >= 200 && status < 300) return null;
  // Its own words are not told: they name numbers.
  const reason = `Vapi answered ${status}`;
  const retryAfterMs = readRetryAfter(headers["retry-after"], now);
  const later = {
    outcome: "retryable",
    reason,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  } as const;
  if (status === 429 || status === 408) return later;
  // Only one that asks to be called again says that it has not done anything.
  if (status >= 500)
    return status === 503 && retryAfterMs !== undefined ? later : { outcome: "ambiguous", reason };
  // 402: no credit. 404: no such assistant or number of ours.
  const ours = status < 400 || [401, 402, 403, 404, 405].includes(status);
  return { outcome: ours ? "misconfigured" : "permanent", reason };
}
