import { type Clock, OrchestratorError } from "@hybrid-orchestrator/core";

export interface TimeLimit {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

/**
 * Waits for `work` no longer than the limit; then its signal is aborted, and what it still does is its own.
 * @throws OrchestratorError `timeout`; `unavailable` when `limit.signal` was first; or whatever the work threw.
 */
export async function withinLimit<Value>(
  { clock, timeoutMs, signal }: TimeLimit,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  let release: () => void = () => undefined;
  const over = new Promise<never>((_, reject) => {
    const end = (error: OrchestratorError): void => {
      controller.abort(error);
      reject(error);
    };
    const stop = (): void => end(new OrchestratorError("unavailable", "The server is closing."));
    const cancelTimer = clock.setTimeout(
      () => end(new OrchestratorError("timeout", `It took longer than ${timeoutMs} ms.`)),
      timeoutMs,
    );
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    release = () => {
      cancelTimer();
      signal?.removeEventListener("abort", stop);
    };
  });
  try {
    return await Promise.race([work(controller.signal), over]);
  } finally {
    release();
  }
}
