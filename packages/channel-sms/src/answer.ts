import type { SendResult } from "@hybrid-orchestrator/core";
import type { SafeResponse } from "@hybrid-orchestrator/safe-http";
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
    case "not_sent":
      return notSent(response.error.code);
    case "unknown":
      return { outcome: "ambiguous", reason: `Twilio did not answer (${response.error.code})` };
    case "answered":
      return answered(response, now);
  }
}

function notSent(code: string): SendResult {
  const refused = code === "url_refused" || code === "address_refused" || code === "invalid_argument";
  const reason = `the request to Twilio was not sent (${code})`;
  return refused ? { outcome: "misconfigured", reason } : { outcome: "retryable", reason };
}

function answered(
  { status, headers, body }: Extract<SafeResponse, { outcome: "answered" }>,
  now: number,
): SendResult {
  const { sid, code } = parseBody(body);
  // Created is created, also where the rest of the answer was lost: the status callback tells the id.
  if (status >= 200 && status < 300)
    return { outcome: "sent", ...(sid !== undefined && { externalId: sid }) };

  const known = code === undefined ? undefined : knownError(code);
  const reason = `Twilio answered ${status}${code === undefined ? "" : `, code ${code}`}${known ? `: ${known.meaning}` : ""}`;
  const retryAfterMs = retryAfter(headers["retry-after"], now);
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

function parseBody(body: Buffer): z.infer<typeof answerSchema> {
  try {
    return answerSchema.catch({}).parse(JSON.parse(body.toString("utf8")));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3), as a time from now. */
function retryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const text = [header].flat()[0]?.trim();
  if (text === undefined || text === "") return undefined;
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isSafeInteger(waitMs) ? Math.max(0, waitMs) : undefined;
}
