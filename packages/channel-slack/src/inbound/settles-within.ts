import type { Clock } from "@hybrid-orchestrator/core";

/** Resolves when `work` has, or when it takes too long; rejects when `work` does so in time. */
export async function settlesWithin(work: Promise<unknown>, limitMs: number, clock: Clock): Promise<void> {
  let cancel: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    cancel = clock.setTimeout(resolve, limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    cancel();
  }
}
