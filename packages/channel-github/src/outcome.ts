import { parseJson, type SendResult } from "@hybrid-orchestrator/core";
import { readRetryAfter, type SafeResponse } from "@hybrid-orchestrator/safe-http";
import { commentName, type IssueReference, issueName, type Repository } from "./repository.js";

/** What was asked for: an issue in a repository, or a comment on an issue. */
export type Target =
  | { readonly kind: "issue"; readonly repository: Repository }
  | { readonly kind: "comment"; readonly issue: IssueReference };

type Answer = Extract<SafeResponse, { outcome: "answered" }>;

// What GitHub asks for where it names no time: "wait for at least one minute before retrying".
const rateLimitPauseMs = 60_000;
const shortestPauseMs = 1_000;

/** What became of a request. Sources: docs.github.com, "REST API endpoints for issues", "Rate limits for the REST API". */
export function resultOf(response: SafeResponse, target: Target, now: number): SendResult {
  switch (response.outcome) {
    case "answered":
      return resultOfAnswer(response, target, now);
    case "unknown":
      return { outcome: "ambiguous", reason: `GitHub did not answer: ${response.error.message}` };
    case "not_sent": {
      const { retryable, message: reason } = response.error;
      return { outcome: retryable ? "retryable" : "misconfigured", reason };
    }
  }
}

function resultOfAnswer(answer: Answer, target: Target, now: number): SendResult {
  const { status } = answer;
  const isComment = target.kind === "comment";
  if (status === 201) return created(answer, target);
  if (status >= 500 || status < 300)
    return {
      outcome: "ambiguous",
      reason: `GitHub answered ${status}: whether it was written is not known.`,
    };
  if (status < 400)
    return misconfigured(
      "The repository or the API has moved (GitHub does not write there). Give its new name.",
    );
  const retryAfterMs = rateLimitPause(answer, now);
  if (retryAfterMs !== undefined)
    return { outcome: "retryable", reason: `GitHub's rate limit is reached (${status}).`, retryAfterMs };
  switch (status) {
    case 401:
      return misconfigured("GitHub does not accept the token. Check token, or what the provider gives.");
    case 403:
      return /\blocked\b/i.test(messageOf(answer))
        ? { outcome: "permanent", reason: "The issue is locked." }
        : misconfigured("The token may not write issues there. Give it write access to issues.");
    case 404:
      return misconfigured("GitHub knows no such repository, or the token may not see it.");
    case 410:
      return isComment
        ? { outcome: "permanent", reason: "The session's issue was deleted." }
        : misconfigured("Issues are disabled in the repository. Enable them in its settings.");
    default:
      return { outcome: "permanent", reason: `GitHub refused it (${status}).` };
  }
}

function misconfigured(reason: string): SendResult {
  return { outcome: "misconfigured", reason };
}

/** It was written, whether or not the answer can be read. */
function created({ body }: Answer, target: Target): SendResult {
  const answer = jsonOf(body);
  switch (target.kind) {
    case "issue": {
      const number = positive(answer.number);
      if (number === undefined) return { outcome: "sent" };
      return { outcome: "sent", externalId: issueName({ ...target.repository, number }) };
    }
    case "comment": {
      const id = positive(answer.id);
      return id === undefined
        ? { outcome: "sent" }
        : { outcome: "sent", externalId: commentName(target.issue, id) };
    }
  }
}

/** How long to wait; undefined if this is no matter of rates. A 403 without these signs is one of permissions. */
function rateLimitPause(answer: Answer, now: number): number | undefined {
  if (answer.status !== 403 && answer.status !== 429) return undefined;
  const after = header(answer, "retry-after");
  if (after !== undefined) {
    return Math.max(readRetryAfter(after, now) ?? rateLimitPauseMs, shortestPauseMs);
  }
  const reset = Number(header(answer, "x-ratelimit-reset") ?? Number.NaN);
  if (header(answer, "x-ratelimit-remaining") === "0" && Number.isFinite(reset))
    return Math.max(reset * 1_000 - now, shortestPauseMs);
  return answer.status === 429 || /rate limit/i.test(messageOf(answer)) ? rateLimitPauseMs : undefined;
}

function header({ headers }: Answer, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value.trim() : value?.[0];
}

/** Only to be looked at: it may repeat what was sent. */
function messageOf({ body }: Answer): string {
  const { message } = jsonOf(body);
  return typeof message === "string" ? message : "";
}

function jsonOf(body: Buffer): Readonly<Record<string, unknown>> {
  const value = parseJson(body.toString("utf8"));
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function positive(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
