import type { Calendar, EscalationPolicy, WorkerRecord } from "@hybrid-orchestrator/core";
import type { Staff } from "../staff/staff.js";
import { nextChange } from "../time/calendar.js";
import { nextDutyChange } from "../time/schedule.js";

/**
 * When something may change by the clock alone that an escalation looks at: hours begin or end, somebody else is on
 * duty, a connection counts as lost.
 */
export interface World {
  /** The first such moment after `at`; null: none within two years. */
  nextChange(at: number, workers: Iterable<WorkerRecord>): number | null;
}

export function createWorld({ levels, calendars }: EscalationPolicy, { workers, schedules }: Staff): World {
  const hours = levels.flatMap((level) => (level.hours === undefined ? [] : (calendars[level.hours] ?? [])));
  const targets = levels.flatMap((level) => [...level.targets, ...level.fallback]);
  const duties = targets.flatMap((target) =>
    "schedule" in target && Object.hasOwn(schedules, target.schedule)
      ? (schedules[target.schedule] ?? [])
      : [],
  );
  const own: Calendar[] = [...workers.values()].flatMap((worker) => worker.hours ?? []);
  const sources = [
    ...[...new Set([...hours, ...own])].map((calendar) => remembered((after) => nextChange(calendar, after))),
    ...[...new Set(duties)].map((schedule) => remembered((after) => nextDutyChange(schedule, after))),
  ];
  return {
    nextChange(at, current) {
      const moments = sources.map((next) => next(at)).filter((moment) => moment !== null);
      for (const { connectedUntil } of current)
        if (connectedUntil !== null && connectedUntil > at) moments.push(connectedUntil);
      return moments.length === 0 ? null : Math.min(...moments);
    },
  };
}

/** Looks again only where the last answer is over; moments are asked for in order. */
function remembered(next: (after: number) => number | null): (after: number) => number | null {
  let known: { readonly from: number; readonly to: number | null } | null = null;
  return (after) => {
    if (known === null || after < known.from || (known.to !== null && known.to <= after))
      known = { from: after, to: next(after) };
    return known.to;
  };
}
