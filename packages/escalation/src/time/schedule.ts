import type { Schedule } from "@hybrid-orchestrator/core";
import { isOpen, nextChange } from "./calendar.js";
import { dayMs, firstShowing, reachedBy, timeOfDayMs } from "./wall-clock.js";

type Shift = Schedule["shifts"][number];

const searchMs = 731 * dayMs;
/** More changes of the clockwork than this, none of which changes who is on duty, are as good as none. */
const searchSteps = 20_000;

/**
 * Who is on duty, each worker once, in the order of the shifts. A handover and the ends of an override happen once: when
 * the zone's clock first shows their time, or jumps over it. Where overrides overlap, the last in the list counts; one
 * without workers means nobody. Hours go by the clock, as those of a calendar do.
 */
export function onDuty(schedule: Schedule, at: number): readonly string[] {
  const reached = reachedBy(at, schedule.timeZone);
  const override = schedule.overrides.findLast(
    ({ from, to }) => localMs(from) <= reached && reached < localMs(to),
  );
  if (override !== undefined) return [...new Set(override.workers)];
  const workers = schedule.shifts.flatMap((shift) => {
    const turn = turnOf(shift, reached);
    const worker = turn < 0 ? undefined : shift.workers[turn % shift.workers.length];
    return worker !== undefined && isWorked(shift, schedule.timeZone, at) ? [worker] : [];
  });
  return [...new Set(workers)];
}

/** The first moment after `at` at which others are on duty. Null: none within two years. */
export function nextDutyChange(schedule: Schedule, at: number): number | null {
  const now = crewOf(schedule, at);
  let looked = at;
  for (let step = 0; step < searchSteps; step++) {
    const next = nextMoment(schedule, looked);
    if (next === null || next > at + searchMs) return null;
    if (crewOf(schedule, next) !== now) return next;
    looked = next;
  }
  return null;
}

function crewOf(schedule: Schedule, at: number): string {
  return JSON.stringify(onDuty(schedule, at).toSorted());
}

/** The first moment after `at` at which anything in the schedule begins or ends. */
function nextMoment({ timeZone, shifts, overrides }: Schedule, at: number): number | null {
  const reached = reachedBy(at, timeZone);
  const shown = [
    ...shifts.map((shift) => startMs(shift) + Math.max(turnOf(shift, reached) + 1, 0) * turnMs(shift)),
    ...overrides.flatMap(({ from, to }) => [localMs(from), localMs(to)]),
  ].filter((time) => time > reached);
  const moments = shifts.flatMap(({ hours }) => {
    const change = hours === undefined ? null : nextChange({ ...hours, timeZone }, at);
    return change === null ? [] : [change];
  });
  if (shown.length > 0) moments.push(firstShowing(Math.min(...shown), timeZone));
  return moments.length === 0 ? null : Math.min(...moments);
}

/** How often the shift has been handed over; negative before it begins. */
function turnOf(shift: Shift, reached: number): number {
  return Math.floor((reached - startMs(shift)) / turnMs(shift));
}

function startMs({ startsOn, handoverAt }: Shift): number {
  return localMs(startsOn) + timeOfDayMs(handoverAt);
}

function turnMs({ everyDays }: Shift): number {
  return everyDays * dayMs;
}

function isWorked({ hours }: Shift, timeZone: string, at: number): boolean {
  return hours === undefined || isOpen({ ...hours, timeZone }, at);
}

/** A local date, with or without a time, by the clock on the wall. */
function localMs(text: string): number {
  return Date.parse(text.includes("T") ? `${text}Z` : `${text}T00:00Z`);
}
