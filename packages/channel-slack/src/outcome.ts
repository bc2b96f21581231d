import { OrchestratorError, parseJson, type SendResult } from "@hybrid-orchestrator/core";
import { readRetryAfter, type SafeResponse } from "@hybrid-orchestrator/safe-http";
import { z } from "zod";
import { externalIdOf } from "./address.js";
import { outcomeOfCode } from "./slack-errors.js";

const answerSchema = z.union([
  z.object({ ok: z.literal(true), channel: z.string().optional(), ts: z.string().optional() }),
  z.object({ ok: z.literal(false), error: z.string().catch("unknown"), needed: z.string().optional() }),
]);
type Answer = z.output<typeof answerSchema>;
type Answered = Extract<SafeResponse, { outcome: "answered" }>;

/** What became of a message, by how far its request came and what Slack said. */
export function sendResultOf(response: SafeResponse, now: number): SendResult {
  switch (response.outcome) {
    case "not_sent":
      return {
        outcome: response.error.retryable ? "retryable" : "misconfigured",
        reason: response.error.message,
      };
    case "unknown":
      return { outcome: "ambiguous", reason: response.error.message };
    case "answered":
      return answeredResult(response, now);
  }
}

function answeredResult(response: Answered, now: number): SendResult {
  const { status } = response;
  if (status === 429) return limited("Slack takes no more for now (429)", response, now);
  const answer = answerOf(response);
  if (answer === undefined) return resultOfStatus(response, now);
  if (!answer.ok) return refused(answer, response, now);
  const { channel, ts } = answer;
  if (channel === undefined || ts === undefined)
    return { outcome: "ambiguous", reason: "Slack said ok and not where the message is" };
  return { outcome: "sent", externalId: externalIdOf({ conversation: channel, ts }) };
}

/** Slack's own answer; undefined for one that is cut short or somebody else's, a proxy's for instance. */
export function answerOf({ body, error }: Answered): Answer | undefined {
  if (error !== null) return undefined;
  return answerSchema.safeParse(parseJson(body.toString("utf8"))).data;
}

function refused(answer: Extract<Answer, { ok: false }>, response: Answered, now: number): SendResult {
  const code = word(answer.error) ?? "unknown";
  const needed = word(answer.needed);
  const reason = `Slack refused it: ${code}${needed === undefined ? "" : `, needs ${needed}`}`;
  const outcome = outcomeOfCode(code);
  return outcome === "retryable" ? limited(reason, response, now) : { outcome, reason };
}

function resultOfStatus(response: Answered, now: number): SendResult {
  const { status } = response;
  const reason = `Slack answered with status ${status} and no result`;
  if (status === 503) return limited(reason, response, now);
  // Of these it is not known whether the message was posted.
  if (status < 300 || status >= 500) return { outcome: "ambiguous", reason };
  return status === 408 ? { outcome: "retryable", reason } : { outcome: "misconfigured", reason };
}

function limited(reason: string, { headers }: Answered, now: number): SendResult {
  const retryAfterMs = readRetryAfter(headers["retry-after"], now);
  return { outcome: "retryable", reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Codes and scopes are words; anything else has no business in a reason. */
function word(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z][a-z0-9_:.,]{0,80}$/.test(text) ? text : undefined;
}

/** A message that Slack need not be asked about. */
export function refusedBeforehand(error: unknown): SendResult {
  if (OrchestratorError.isInstance(error)) return { outcome: "permanent", reason: error.message };
  throw error;
}
