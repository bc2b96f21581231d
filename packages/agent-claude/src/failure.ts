import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from "@anthropic-ai/sdk";
import { type Failure, failureIn } from "@hybrid-orchestrator/agent-kit";
import { readRetryAfter } from "@hybrid-orchestrator/safe-http";

// Of an `error` event within a stream, where there is no status. https://platform.claude.com/docs/en/api/errors
const passingTypes = new Set(["overloaded_error", "api_error", "rate_limit_error", "timeout_error"]);
const passingStatuses = new Set([408, 409, 429]);

/**
 * Why a call failed, for people. An error's own message is left out: it may quote the request, or the key. The id of
 * the request leads to it at the vendor.
 */
export function failureOf(error: unknown, now: number): Failure {
  const told = failureIn(error);
  if (told !== null) return told;
  if (error instanceof APIConnectionTimeoutError)
    return { reason: "The model's API did not answer in time.", retryable: true };
  if (error instanceof APIUserAbortError) return { reason: "The call was interrupted.", retryable: true };
  if (error instanceof APIConnectionError)
    return {
      reason: `The model's API could not be reached${detail(networkCode(error))}.`,
      retryable: true,
    };
  if (error instanceof APIError) return apiFailure(error, now);
  // Whatever else the SDK throws comes from an answer that broke off or could not be read.
  return {
    reason: `The answer of the model's API broke off or could not be read${detail(networkCode(error))}.`,
    retryable: true,
  };
}

function apiFailure(error: APIError, now: number): Failure {
  const { status, headers } = error;
  const type = word(error.type);
  const told = headers?.get("x-should-retry");
  const passing =
    status === undefined
      ? type === null || passingTypes.has(type)
      : status >= 500 || passingStatuses.has(status);
  const retryAfterMs = status === undefined ? undefined : retryAfter(headers, now);
  const request = word(error.requestID);
  return {
    reason: `The model's API answered with ${status ?? "an error"}${detail(type)}${request === null ? "" : `, request ${request}`}.`,
    retryable: told === "true" || (told !== "false" && passing),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

function retryAfter(headers: Headers | undefined, now: number): number | undefined {
  const precise = headers?.get("retry-after-ms")?.trim() ?? "";
  if (/^\d{1,15}$/.test(precise)) return Number(precise);
  return readRetryAfter(headers?.get("retry-after") ?? undefined, now);
}

/** The code of the innermost cause that has one, as `ECONNREFUSED`. */
function networkCode(error: unknown): string | null {
  let code: string | null = null;
  for (let current = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    code = word((current as { readonly code?: unknown }).code) ?? code;
    current = current.cause;
  }
  return code;
}

function detail(text: string | null): string {
  return text === null ? "" : ` (${text})`;
}

/** What can only be a name, or null. */
function word(value: unknown): string | null {
  return typeof value === "string" && /^\w{1,80}$/.test(value) ? value : null;
}
