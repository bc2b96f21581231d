/** The requests that are being answered, whichever way they came. */
export interface Workload {
  /** Aborted when the time to finish is over. */
  readonly signal: AbortSignal;
  readonly closing: boolean;
  track<Value>(work: Promise<Value>): Promise<Value>;
  /** From now on `closing`; resolves when nothing is under way. */
  finish(): Promise<void>;
  /** Ends what is still under way. */
  abort(): void;
}

export function createWorkload(): Workload {
  const controller = new AbortController();
  const waiting: (() => void)[] = [];
  let closing = false;
  let running = 0;
  return {
    signal: controller.signal,
    get closing() {
      return closing;
    },
    async track(work) {
      running += 1;
      try {
        return await work;
      } finally {
        running -= 1;
        if (running === 0) for (const resolve of waiting.splice(0)) resolve();
      }
    },
    async finish() {
      closing = true;
      if (running > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
    abort: () => controller.abort(),
  };
}
