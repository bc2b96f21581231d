import { parseJson, type SendResult } from "@hybrid-orchestrator/core";
import { readRetryAfter, type SafeResponse } from "@hybrid-orchestrator/safe-http";
import { z } from "zod";

// Read leniently: a message that was taken was taken, whatever else the answer says.
const takenSchema = z.object({ id: z.string().min(1).max(200) });

/** What became of the request. Reasons hold no address, no key and nothing of the answer's body. */
export function outcomeOf(response: SafeResponse, now: number): SendResult {
  switch (response.outcome) {
    case "not_sent":
      return {
        outcome: response.error.retryable ? "retryable" : "misconfigured",
        reason: `the request was not sent (${response.error.code})`,
      };
    case "unknown":
      return { outcome: "ambiguous", reason: `no answer came (${response.error.code})` };
    case "answered":
      return outcomeOfAnswer(response, now);
  }
}

function outcomeOfAnswer(
  { status, headers, body }: Extract<SafeResponse, { outcome: "answered" }>,
  now: number,
): SendResult {
  const reason = `the service answered ${status}`;
  if (status >= 200 && status < 300) {
    const taken = takenSchema.safeParse(parseJson(body.toString("utf8")));
    return { outcome: "sent", ...(taken.success && { externalId: taken.data.id }) };
  }
  if (status === 429 || status >= 500) {
    const retryAfterMs = readRetryAfter(headers["retry-after"], now);
    return { outcome: "retryable", reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
  switch (status) {
    case 401:
    case 403:
      return { outcome: "misconfigured", reason: `${reason}; check the API key` };
    case 410:
      return { outcome: "permanent", reason: `${reason}: the address is gone`, suppress: true };
    default:
      return { outcome: "permanent", reason };
  }
}
