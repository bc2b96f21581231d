import { parseJson, type SendResult } from "@hybrid-orchestrator/core";
import { readRetryAfter, type SafeResponse } from "@hybrid-orchestrator/safe-http";
import { z } from "zod";
import { knownError } from "./error-codes.js";

// Read leniently: whatever is not as expected is as if it were not there. The error's own message names the number.
const answerSchema = z.object({
  sid: z
    .string()
    .regex(/^\w{1,64}$/)
    .optional()
    .catch(undefined),
  code: z.number().optional().catch(undefined),
});

/** What became of the request that creates a message. `now` is for a Retry-After with a date. */
export function readAnswer(response: SafeResponse, now: number): SendResult {
  switch (response.outcome) {
    case "not_sent": {
      const { code, retryable } = response.error;
      const reason = `the request to Twilio was not sent (${code})`;
      return { outcome: retryable ? "retryable" : "misconfigured", reason };
    }
    case "unknown":
      return { outcome: "ambiguous", reason: `Twilio did not answer (${response.error.code})` };
    case "answered":
      return answered(response, now);
  }
}

function answered(
  { status, headers, body }: Extract<SafeResponse, { outcome: "answered" }>,
  now: number,
): SendResult {
  const { sid, code } = answerSchema.catch({}).parse(parseJson(body.toString("utf8")));
  // Created is created, also where the rest of the answer was lost: the status callback tells the id.
  if (status >= 200 && status < 300)
    return { outcome: "sent", ...(sid !== undefined && { externalId: sid }) };

  const known = code === undefined ? undefined : knownError(code);
  const reason = `Twilio answered ${status}${code === undefined ? "" : `, code ${code}`}${known ? `: ${known.meaning}` : ""}`;
  const retryAfterMs = readRetryAfter(headers["retry-after"], now);
  const later = {
    outcome: "retryable",
    reason,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  } as const;
  if (status >= 500) {
    // Only one that asks to be called again says that it has not done anything.
    return status === 503 && retryAfterMs !== undefined ? later : { outcome: "ambiguous", reason };
  }
  // "429 responses aren't processed and are safe to retry": twilio.com/docs/api/errors/20429
  if (status === 429 || status === 408) return later;
  if (known === undefined) {
    const ours = status < 400 || [401, 403, 404, 405, 407].includes(status);
    return { outcome: ours ? "misconfigured" : "permanent", reason };
  }
  switch (known.outcome) {
    case "retryable":
      return later;
    case "misconfigured":
      return { outcome: "misconfigured", reason };
    case "permanent":
      return { outcome: "permanent", reason, ...(known.suppress && { suppress: true }) };
  }
}
