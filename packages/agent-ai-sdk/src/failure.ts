import { type Failure, failureIn } from "@hybrid-orchestrator/agent-kit";
import { readRetryAfter } from "@hybrid-orchestrator/safe-http";
import { AISDKError, APICallError, type FinishReason, RetryError } from "ai";

/**
 * What an error of the SDK or of a provider comes to. The reason is in our own words: theirs may quote the request, and
 * with it what the user wrote, or a key.
 */
export function failureOf(thrown: unknown, now: number): Failure {
  const error = RetryError.isInstance(thrown) ? thrown.lastError : thrown;
  const call = apiCallError(error);
  if (call !== null) return failureOfCall(call, now);
  const told = failureIn(error);
  if (told !== null) return told;
  if (AISDKError.isInstance(error)) {
    // Names of the package's own classes, e.g. AI_LoadAPIKeyError.
    const retryable = answeredBadly.has(error.name);
    return {
      reason: retryable
        ? "The model's provider answered what cannot be read."
        : `The model cannot be called as it is set up (${error.name}).`,
      retryable,
    };
  }
  return { reason: "The model failed while it was asked.", retryable: !isRefusal(error) };
}

/** A reason to take nothing of what the model said, or null. `cut` and `filtered` answers are no answers. */
export function failureOfFinish(reason: FinishReason): Failure | null {
  switch (reason) {
    case "length":
      return { reason: "The model's answer was cut off at its limit of tokens.", retryable: false };
    case "content-filter":
      return { reason: "The model refused to answer.", retryable: false };
    case "error":
      return { reason: "The model's answer broke off.", retryable: true };
    case "stop":
    case "tool-calls":
    case "other":
      return null;
  }
}

const answeredBadly = new Set([
  "AI_EmptyResponseBodyError",
  "AI_InvalidResponseDataError",
  "AI_InvalidStreamPartError",
  "AI_JSONParseError",
  "AI_NoContentGeneratedError",
  "AI_NoObjectGeneratedError",
  "AI_NoOutputGeneratedError",
  "AI_ToolChoiceViolationError",
  "AI_TypeValidationError",
]);

/** Gateways wrap what their own call came to. */
function apiCallError(error: unknown): APICallError | null {
  let inner: unknown = error;
  for (let depth = 0; depth < 5 && inner instanceof Error; depth += 1) {
    if (APICallError.isInstance(inner)) return inner;
    inner = inner.cause;
  }
  return null;
}

function failureOfCall({ statusCode, isRetryable, responseHeaders }: APICallError, now: number): Failure {
  if (statusCode === undefined)
    return { reason: "The model's provider could not be reached.", retryable: isRetryable };
  const retryAfterMs = retryAfterOf(responseHeaders, now);
  // The answer began well and then was no answer.
  const broken = statusCode < 300;
  return {
    reason: broken ? "The answer of the model's provider broke off." : inWords(statusCode),
    retryable: isRetryable || broken,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function inWords(status: number): string {
  const what =
    status === 401 || status === 403
      ? "refused the credentials"
      : status === 402
        ? "asks for payment"
        : status === 404
          ? "does not know the model"
          : status === 408 || status === 504
            ? "took too long"
            : status === 413
              ? "found the request too large"
              : status === 429
                ? "limits how often it is asked"
                : status === 503 || status === 529
                  ? "is overloaded"
                  : status >= 500
                    ? "failed"
                    : "refused the request";
  return `The model's provider ${what} (status ${status}).`;
}

/** Some providers tell milliseconds in a header of their own. */
function retryAfterOf(headers: Readonly<Record<string, string>> = {}, now: number): number | undefined {
  const text = headers["retry-after-ms"] ?? "";
  const milliseconds = /^\d{1,15}(\.\d+)?$/.test(text) ? Math.ceil(Number(text)) : undefined;
  return milliseconds ?? readRetryAfter(headers["retry-after"], now);
}

/** What came as an error in the middle of a stream: a text, or the provider's own object with a type. */
function isRefusal(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { type } = error as { readonly type?: unknown };
  return (
    typeof type === "string" && /^(invalid_request|authentication|permission|not_found|billing)/.test(type)
  );
}
