import type { Clock } from "./clock.js";
import { OrchestratorError } from "./errors.js";

export interface TimeLimit {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** What takes too long, for the error: `Agent claude`. */
  readonly name: string;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
  /** What is thrown then. Default: `timeout`, since nobody waited for the end. */
  readonly interruption?: () => OrchestratorError;
}

/**
 * Runs `work` and stops waiting for it after the limit, its signal aborted; what it still does is its own.
 * @throws OrchestratorError `timeout`; the interruption; or whatever the work threw.
 */
export async function withTimeout<Value>(
  { clock, timeoutMs, name, signal, interruption = () => interrupted(name) }: TimeLimit,
  work: (signal: AbortSignal) => Value | Promise<Value>,
): Promise<Value> {
  const controller = new AbortController();
  let release: () => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    const end = (error: OrchestratorError): void => {
      controller.abort(error);
      reject(error);
    };
    const stop = (): void => end(interruption());
    const cancelTimer = clock.setTimeout(
      () => end(new OrchestratorError("timeout", `${name} took longer than ${timeoutMs} ms.`)),
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
    return await Promise.race([Promise.resolve(work(controller.signal)), ended]);
  } finally {
    release();
  }
}

function interrupted(name: string): OrchestratorError {
  return new OrchestratorError("timeout", `${name} was interrupted because the orchestrator stops.`);
}
