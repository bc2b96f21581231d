import type { AttemptOutcome } from "@hybrid-orchestrator/core";

export interface BreakerSettings {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** How long it stays open the first time. */
  readonly openMs: number;
  /** Each failed probe doubles that, up to this. */
  readonly maxOpenMs: number;
}

/**
 * - `closed`: everything passes; `failures` in a row so far.
 * - `open`: nothing passes until `until`.
 * - `half_open`: one attempt, the probe, is under way; what becomes of it decides. Its own end is `until`, should nobody
 *   ever say.
 */
export type Breaker =
  | { readonly state: "closed"; readonly failures: number }
  | { readonly state: "open"; readonly until: number; readonly openMs: number }
  | {
      readonly state: "half_open";
      readonly probe: string;
      readonly until: number;
      readonly openMs: number;
    };

export const closedBreaker: Breaker = { state: "closed", failures: 0 };

/** How soon a delivery that waits for a probe looks again. */
const probePauseMs = 5_000;

/** When the next attempt may begin; null: now. */
export function opensAt(breaker: Breaker, now: number): number | null {
  switch (breaker.state) {
    case "closed":
      return null;
    case "open": {
      const leftMs = breaker.until - now;
      // More is left than there was at first: the clock was set back, and it must not stay open for so much longer.
      return leftMs > 0 && leftMs <= breaker.openMs ? breaker.until : null;
    }
    case "half_open":
      return breaker.until > now ? Math.min(breaker.until, now + probePauseMs) : null;
  }
}

/** An attempt begins, which {@link opensAt} allowed: through an open breaker it is the probe. */
export function begun(
  breaker: Breaker,
  {
    attempt,
    now,
    timeoutMs,
  }: {
    readonly attempt: string;
    readonly now: number;
    readonly timeoutMs: number;
  },
): Breaker {
  if (breaker.state === "closed") return breaker;
  return {
    state: "half_open",
    probe: attempt,
    until: now + timeoutMs,
    openMs: breaker.openMs,
  };
}

/** An attempt that had begun was not sent after all. */
export function withdrawn(breaker: Breaker, attempt: string, now: number): Breaker {
  if (breaker.state !== "half_open" || breaker.probe !== attempt) return breaker;
  return { state: "open", until: now, openMs: breaker.openMs };
}

/** What became of an attempt. A refusal for good shows that the channel works. */
export function ended(
  breaker: Breaker,
  {
    attempt,
    outcome,
    now,
    settings,
  }: {
    readonly attempt: string;
    readonly outcome: AttemptOutcome;
    readonly now: number;
    readonly settings: BreakerSettings;
  },
): Breaker {
  const healthy = outcome === "sent" || outcome === "permanent";
  switch (breaker.state) {
    case "closed": {
      if (healthy) return breaker.failures === 0 ? breaker : closedBreaker;
      const failures = breaker.failures + 1;
      if (failures < settings.failures) return { state: "closed", failures };
      return {
        state: "open",
        until: now + settings.openMs,
        openMs: settings.openMs,
      };
    }
    case "open":
      // It had begun before the breaker opened.
      return breaker;
    case "half_open": {
      if (breaker.probe !== attempt) return breaker;
      if (healthy) return closedBreaker;
      const openMs = Math.min(2 * breaker.openMs, settings.maxOpenMs);
      return { state: "open", until: now + openMs, openMs };
    }
  }
}
