import type { Effect } from "@hybrid-orchestrator/core";

/** Whether somebody is believed to be at work on it. */
export function isLeased(effect: Effect, at: number): boolean {
  return effect.lease !== null && effect.lease.until > at;
}

/** The fields of an effect on which `holder` begins to work. It comes due again when the lease runs out. */
export function leased(
  effect: Effect,
  lease: { readonly holder: string; readonly at: number; readonly forMs: number },
): Pick<Effect, "lease" | "dueAt" | "tries" | "updatedAt"> {
  const until = lease.at + lease.forMs;
  return {
    lease: { holder: lease.holder, until },
    dueAt: until,
    tries: effect.tries + 1,
    updatedAt: lease.at,
  };
}
