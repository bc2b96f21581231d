import type { ChannelSettings } from "./policy.js";

export interface RetryInput {
  /** How many retries there were before: 0 for the first. */
  readonly retry: number;
  /** From 0 to 1. */
  readonly random: number;
  /** What the vendor asked for. */
  readonly retryAfterMs?: number | undefined;
  readonly settings: Pick<ChannelSettings, "retryBaseMs" | "retryCapMs">;
}

/**
 * How long to wait before the next try: exponential backoff with full jitter, and never less than the vendor asked for.
 * See https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
 */
export function retryDelay({ retry, random, retryAfterMs = 0, settings }: RetryInput): number {
  const ceiling = Math.min(settings.retryCapMs, settings.retryBaseMs * 2 ** retry);
  return Math.max(Math.ceil(retryAfterMs), Math.floor(random * ceiling));
}
