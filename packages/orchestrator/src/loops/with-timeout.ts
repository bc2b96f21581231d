import { type Clock, OrchestratorError } from "@hybrid-orchestrator/core";

export interface Limit {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** What takes too long, for the error: `Agent claude`. */
  readonly name: string;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

/**
 * Runs `work` and stops waiting for it after the limit, its signal aborted.
 * @throws OrchestratorError `timeout`, or whatever the work threw.
 */
export async function withTimeout<Value>(
  limit: Limit,
  work: (signal: AbortSignal) => Value | Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  let stop: () => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    const give = (message: string): void => {
      const error = new OrchestratorError("timeout", message);
      controller.abort(error);
      reject(error);
    };
    const cancelTimer = limit.clock.setTimeout(
      () => give(`${limit.name} took longer than ${limit.timeoutMs} ms.`),
      limit.timeoutMs,
    );
    const stopped = (): void => give(`${limit.name} was interrupted because the orchestrator stops.`);
    limit.signal?.addEventListener("abort", stopped, { once: true });
    if (limit.signal?.aborted) stopped();
    stop = () => {
      cancelTimer();
      limit.signal?.removeEventListener("abort", stopped);
    };
  });
  try {
    return await Promise.race([Promise.resolve(work(controller.signal)), ended]);
  } finally {
    stop();
  }
}
