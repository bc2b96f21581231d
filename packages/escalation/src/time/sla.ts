import { type EscalationPolicy, type SlaState, slaTargets } from "@hybrid-orchestrator/core";
import { addOpenTime, openTimeBetween } from "./calendar.js";

/** The promised times of an escalation that opens now, in the order accept, respond, resolve. */
export function startSlas(policy: EscalationPolicy, openedAt: number): readonly SlaState[] {
  return slaTargets.flatMap((target) => {
    const sla = policy.slas[target];
    if (sla === undefined) return [];
    return [
      running({ target, metAt: null, breachedAt: null }, { policy, now: openedAt, ms: sla.seconds * 1_000 }),
    ];
  });
}

/**
 * Stops the time, and keeps what is left of it in its calendar's time. Nothing changes where the policy does not pause it
 * (`pauseWhileWaiting`), or where it is over or paused already.
 */
export function pauseSla(policy: EscalationPolicy, state: SlaState, now: number): SlaState {
  if (policy.slas[state.target]?.pauseWhileWaiting !== true) return state;
  if (isSettled(state) || state.dueAt === null || state.dueAt <= now) return state;
  return { ...state, dueAt: null, remainingMs: between(policy, state, { from: now, to: state.dueAt }) };
}

/** Lets the time go on from what was left. Nothing changes where it is not paused. */
export function resumeSla(policy: EscalationPolicy, state: SlaState, now: number): SlaState {
  if (isSettled(state) || state.remainingMs === null) return state;
  return running(state, { policy, now, ms: state.remainingMs });
}

/** What was promised has been done. Only the first time counts; one after the due moment does not undo the breach. */
export function meetSla(state: SlaState, now: number): SlaState {
  return state.metAt === null ? { ...state, metAt: now } : state;
}

/**
 * The promises whose time is over by now and has not been told: `breached`, each with the moment at which it was due, and
 * all `states` with that noted, so that the next call does not tell it again. What was done at the due moment or later is
 * a breach, and what was done before it never becomes one.
 */
export function dueSlas(
  states: readonly SlaState[],
  now: number,
): { readonly states: readonly SlaState[]; readonly breached: readonly SlaState[] } {
  const breached: SlaState[] = [];
  const next = states.map((state) => {
    const dueAt = untoldDueAt(state);
    if (dueAt === null || dueAt > now) return state;
    const breach = { ...state, breachedAt: dueAt };
    breached.push(breach);
    return breach;
  });
  return { states: next, breached };
}

/** The next moment at which {@link dueSlas} has something to tell; null: none. */
export function nextSlaDue(states: readonly SlaState[]): number | null {
  const moments = states.map(untoldDueAt).filter((dueAt) => dueAt !== null);
  return moments.length === 0 ? null : Math.min(...moments);
}

function untoldDueAt({ dueAt, metAt, breachedAt }: SlaState): number | null {
  if (dueAt === null || breachedAt !== null) return null;
  return metAt !== null && metAt < dueAt ? null : dueAt;
}

function isSettled({ metAt, breachedAt }: SlaState): boolean {
  return metAt !== null || breachedAt !== null;
}

/** Where the calendar does not open often enough it is never due, and stays as if paused. */
function running(
  state: Pick<SlaState, "target" | "metAt" | "breachedAt">,
  { policy, now, ms }: { readonly policy: EscalationPolicy; readonly now: number; readonly ms: number },
): SlaState {
  const calendar = calendarOf(policy, state);
  const dueAt = calendar === undefined ? now + ms : addOpenTime(calendar, now, ms);
  return { ...state, dueAt, remainingMs: dueAt === null ? ms : null };
}

function between(
  policy: EscalationPolicy,
  state: SlaState,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const calendar = calendarOf(policy, state);
  return calendar === undefined ? to - from : openTimeBetween(calendar, from, to);
}

function calendarOf({ slas, calendars }: EscalationPolicy, { target }: Pick<SlaState, "target">) {
  const name = slas[target]?.calendar;
  return name === undefined ? undefined : calendars[name];
}
