import type { Effect } from "@hybrid-orchestrator/core";

/** A lease outlives the timeout of the work by this, so that a slow commit does not lose it. */
const marginMs = 30_000;

/** Whether work on it may begin: it is due, and so nobody holds it, since a lease moves `dueAt` to its own end. */
export function mayBegin(effect: Effect, at: number): boolean {
  return effect.dueAt !== null && effect.dueAt <= at;
}

/** Whether it is still held by whoever began try number `tries`. Else the lease ran out and somebody else's end counts. */
export function isHeld(effect: Effect, tries: number): boolean {
  return effect.dueAt !== null && effect.tries === tries;
}

/** The fields of an effect on which `holder` begins to work. It comes due again when the lease runs out. */
export function leased(
  effect: Effect,
  lease: { readonly holder: string; readonly at: number; readonly timeoutMs: number },
): Pick<Effect, "lease" | "dueAt" | "tries" | "updatedAt"> {
  const until = lease.at + lease.timeoutMs + marginMs;
  return {
    lease: { holder: lease.holder, until },
    dueAt: until,
    tries: effect.tries + 1,
    updatedAt: lease.at,
  };
}
