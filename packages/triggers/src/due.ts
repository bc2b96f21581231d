import type { Session } from "@hybrid-orchestrator/core";
import type { Moment, Truth } from "./conditions/leaf.js";
import { cooldownEnd, lastingLimit, statusLimit } from "./limits.js";
import type { TriggerState } from "./trigger-state.js";
import { truthOf } from "./truth.js";

export interface Outlook {
  readonly session: Session;
  readonly evaluatedAt: number;
  readonly capReached: boolean;
}

// Where compositions change very often without ever holding, the search stops here; the answer may be too early.
const maxSteps = 64;

/** The first moment after `evaluatedAt` at which this trigger may fire if nothing else comes, or null. */
export function nextFiringAt(
  state: TriggerState,
  { session, evaluatedAt, capReached }: Outlook,
): number | null {
  const { rule } = state;
  if (lastingLimit(state, capReached) !== null || statusLimit(rule, session.status, false) !== null)
    return null;
  const filter = passes(state, session);
  if (filter === false) return null;
  const { leaves } = state;
  // One moment serves all looks ahead: this is asked for after every activity.
  const moment = lookAhead(session, evaluatedAt);
  const truth = (at: number): Truth => truthOf(rule.root, leaves, moveTo(moment, at));
  const allowedAt = cooldownEnd(state);
  let at: number | null = Math.max(evaluatedAt + 1, allowedAt);
  // A filter that throws was reported when the condition began to hold; it is asked again when that happens anew.
  if (filter === undefined && evaluatedAt >= allowedAt && truth(evaluatedAt) !== false) {
    at = nextChangeAt(state, session, evaluatedAt);
  }
  for (let step = 0; at !== null && step < maxSteps; step++) {
    if (truth(at) !== false) return at;
    at = nextChangeAt(state, session, at);
  }
  return at;
}

/** Undefined where the filter throws; the evaluation reports that. */
function passes({ rule }: TriggerState, session: Session): Truth {
  try {
    return rule.filter(session);
  } catch {
    return undefined;
  }
}

/** Whether the condition holds at a moment by time alone; undefined where a custom condition must be asked. */
export function truthAt({ rule, leaves }: TriggerState, session: Session, at: number): Truth {
  return truthOf(rule.root, leaves, lookAhead(session, at));
}

type MovingMoment = { -readonly [Key in keyof Moment]: Moment[Key] };

function moveTo(moment: MovingMoment, at: number): Moment {
  moment.at = at;
  moment.now = at;
  moment.windowEnd = at;
  return moment;
}

export function lookAhead(session: Session, at: number): MovingMoment {
  return { at, now: at, session, activity: null, recent: [], windowEnd: at, ask: null, settled: null };
}

function nextChangeAt({ leaves }: TriggerState, session: Session, after: number): number | null {
  let next: number | null = null;
  for (const leaf of leaves) {
    const change = leaf.nextChangeAt(after, session);
    if (change !== null && (next === null || change < next)) next = change;
  }
  return next;
}
