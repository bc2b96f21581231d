import { type Clock, OrchestratorError, systemClock } from "@hybrid-orchestrator/core";

/** Remembers which single-use tokens were used. */
export interface UsedTokens {
  /**
   * True for the first call with this id, of all callers; false ever after. May forget an id once `expiresAt` has
   * passed, because the token is refused by then.
   */
  use(id: string, expiresAt: number): Promise<boolean>;
}

export interface MemoryUsedTokensOptions {
  readonly clock?: Pick<Clock, "now">;
  /** Default 100,000. */
  readonly maxTokens?: number;
}

/**
 * For tests and for one process whose tokens need not outlive it: after a restart each token counts as new. When it is
 * full of tokens that have not expired, `use` throws `storage_full` and forgets none.
 */
export function memoryUsedTokens(options: MemoryUsedTokensOptions = {}): UsedTokens {
  const { clock = systemClock, maxTokens = 100_000 } = options;
  const used = new Map<string, number>();
  let firstExpiryAt = Number.POSITIVE_INFINITY;

  function dropExpired(now: number): void {
    if (now < firstExpiryAt) return;
    firstExpiryAt = Number.POSITIVE_INFINITY;
    for (const [id, expiresAt] of used) {
      if (expiresAt <= now) used.delete(id);
      else firstExpiryAt = Math.min(firstExpiryAt, expiresAt);
    }
  }

  return {
    async use(id, expiresAt) {
      if (used.has(id)) return false;
      if (used.size >= maxTokens) dropExpired(clock.now());
      if (used.size >= maxTokens)
        throw new OrchestratorError(
          "storage_full",
          `${maxTokens} used tokens are remembered. Raise maxTokens.`,
        );
      used.set(id, expiresAt);
      firstExpiryAt = Math.min(firstExpiryAt, expiresAt);
      return true;
    },
  };
}
