import { parseJson, type SendResult } from "@hybrid-orchestrator/core";
import { readRetryAfter, type SafeResponse } from "@hybrid-orchestrator/safe-http";
import { z } from "zod";

// Read leniently: whatever is not as expected is as if it were not there. The error's own text may name the address.
const answerSchema = z.object({
  success: z.boolean().optional().catch(undefined),
  messageId: z.string().min(1).max(500).optional().catch(undefined),
  outcome: z.enum(["retryable", "permanent", "ambiguous", "misconfigured"]).optional().catch(undefined),
  suppress: z.boolean().optional().catch(undefined),
});

/** What became of `POST /api/orchestrator/send`. `now` is for a Retry-After with a date. */
export function readSendAnswer(response: SafeResponse, now: number): SendResult {
  switch (response.outcome) {
    case "not_sent": {
      const { code, retryable } = response.error;
      const reason = `the request to the e-mail agent was not sent (${code})`;
      return { outcome: retryable ? "retryable" : "misconfigured", reason };
    }
    case "unknown":
      return { outcome: "ambiguous", reason: `the e-mail agent did not answer (${response.error.code})` };
    case "answered":
      return answered(response, now);
  }
}

function answered(
  { status, headers, body }: Extract<SafeResponse, { outcome: "answered" }>,
  now: number,
): SendResult {
  const answer = answerSchema.catch({}).parse(parseJson(body.toString("utf8")));
  const reason = `the e-mail agent answered ${status}`;
  if (status >= 200 && status < 300 && answer.success === true)
    return { outcome: "sent", ...(answer.messageId !== undefined && { externalId: answer.messageId }) };
  const retryAfterMs = readRetryAfter(headers["retry-after"], now);
  const outcome = answer.outcome ?? outcomeFor(status, answer.success, retryAfterMs !== undefined);
  switch (outcome) {
    case "retryable":
      return { outcome, reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
    case "permanent":
      return { outcome, reason, ...(answer.suppress && { suppress: true }) };
    case "ambiguous":
    case "misconfigured":
      return { outcome, reason };
  }
}

function outcomeFor(
  status: number,
  success: boolean | undefined,
  saysWhen: boolean,
): Exclude<SendResult["outcome"], "sent"> {
  if (status >= 200 && status < 300) return success === false ? "permanent" : "ambiguous";
  if (status === 429 || status === 408 || (status === 503 && saysWhen)) return "retryable";
  // It had the request, and nobody knows how far it came.
  if (status >= 500) return "ambiguous";
  return status < 400 || [401, 403, 404, 405, 407].includes(status) ? "misconfigured" : "permanent";
}
