import type { SendResult } from "@hybrid-orchestrator/core";
import { z } from "zod";

/** How far a message had come. */
export type Phase = "opening" | "posting";

/** By shape, since each adapter may throw the errors of a copy of its own. */
const errorSchema = z.object({
  code: z.string().optional().catch(undefined),
  /** Of HTTP. */
  status: z.number().optional().catch(undefined),
  /** Seconds. */
  retryAfter: z.number().nonnegative().optional().catch(undefined),
  retryAfterMs: z.number().nonnegative().optional().catch(undefined),
});

/** The request was never written. */
const unsentCodes = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/**
 * What an adapter's error means for the message. No reason holds the error's own text, which may be the platform's or
 * name an address with its token. Source: chat-sdk.dev, "Error handling".
 */
export function resultOfError(error: unknown, phase: Phase): SendResult {
  const { code, status, ...waits } = errorSchema.safeParse(error).data ?? {};
  switch (code) {
    case "RATE_LIMITED":
      return limited(waits);
    case "AUTH_FAILED":
      return { outcome: "misconfigured", reason: "the platform does not take the adapter's credentials" };
    case "NOT_FOUND":
      return { outcome: "permanent", reason: "the platform knows no such user or place" };
    case "PERMISSION_DENIED":
      return { outcome: "permanent", reason: "the platform does not let the bot write there" };
    case "VALIDATION_ERROR":
      return { outcome: "permanent", reason: "the adapter or the platform refused the message" };
    case "NOT_IMPLEMENTED":
      return { outcome: "permanent", reason: "the adapter cannot do that" };
  }
  if (codesOf(error).some((found) => unsentCodes.has(found)))
    return { outcome: "retryable", reason: "the platform could not be reached" };
  // Nothing is posted before there is a thread to post to.
  if (phase === "opening") return { outcome: "retryable", reason: "the conversation could not be opened" };
  if (status !== undefined && status >= 400 && status < 500 && status !== 408)
    return { outcome: "permanent", reason: `the platform refused the message with status ${status}` };
  return { outcome: "ambiguous", reason: "it is not known whether the platform took the message" };
}

/** What becomes of a message whose signal was aborted: no adapter can call a request back. */
export function interruptedResult(phase: Phase): SendResult {
  return phase === "opening"
    ? { outcome: "retryable", reason: "given up before the message was posted" }
    : { outcome: "ambiguous", reason: "given up while the message was posted" };
}

function limited({
  retryAfter,
  retryAfterMs,
}: Pick<z.output<typeof errorSchema>, "retryAfter" | "retryAfterMs">): SendResult {
  const waitMs = retryAfterMs ?? (retryAfter === undefined ? undefined : retryAfter * 1000);
  return {
    outcome: "retryable",
    reason: "the platform takes no more for now",
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  };
}

/** The codes of an error and of what caused it. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  let cause: unknown = error;
  for (let depth = 0; depth < 5 && typeof cause === "object" && cause !== null; depth += 1) {
    const { code, cause: next, originalError } = cause as Readonly<Record<string, unknown>>;
    if (typeof code === "string") codes.push(code);
    cause = originalError ?? next;
  }
  return codes;
}
