import type { Calendar } from "@hybrid-orchestrator/core";
import { dateOfDay, dayMs, shownAt, stretches, timeOfDayMs } from "./wall-clock.js";

/*
 * All of this goes by the clock on the wall: a calendar is open while a clock in its zone shows a time within its hours.
 * So an hour that the clock skips is not worked, one that it shows twice is worked twice, and no rule for ambiguous
 * times is needed.
 */

/** When a calendar is searched for a change of its state. */
const searchMs = 731 * dayMs;
/** As far ahead as open time is counted. */
const countMs = 3_653 * dayMs;

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Whether it is open: from the first moment of its hours up to, but without, the last. */
export function isOpen(calendar: Calendar, at: number): boolean {
  const shown = shownAt(at, calendar.timeZone);
  const day = Math.floor(shown / dayMs);
  const time = shown - day * dayMs;
  return hoursByDay(calendar)(day).some(({ from, to }) => from <= time && time < to);
}

/**
 * The first moment after `at` at which it goes from closed to open. While it is open, that is the opening after the next
 * closing. Null: none within two years, as when it never opens or never closes.
 */
export function nextOpening(calendar: Calendar, at: number): number | null {
  for (const { from } of openSpans(calendar, at, at + searchMs)) if (from > at) return from;
  return null;
}

/** The first moment after `at` at which it opens or closes. Null: none within two years. */
export function nextChange(calendar: Calendar, at: number): number | null {
  const until = at + searchMs;
  for (const { from, to } of openSpans(calendar, at, until)) {
    if (from > at) return from;
    return to < until ? to : null;
  }
  return null;
}

/**
 * The first moment at which so many milliseconds of open time have passed since `from`: at the end of the hours, not at
 * the opening after them. Null: that takes more than ten years.
 */
export function addOpenTime(calendar: Calendar, from: number, ms: number): number | null {
  if (ms <= 0) return from;
  let left = ms;
  for (const span of openHours(calendar, from, from + countMs)) {
    const length = span.to - span.from;
    if (length >= left) return span.from + left;
    left -= length;
  }
  return null;
}

/** How many milliseconds of open time lie between two moments; 0 where the second is not later. Takes as long as there are days. */
export function openTimeBetween(calendar: Calendar, from: number, to: number): number {
  let sum = 0;
  for (const span of openHours(calendar, from, to)) sum += span.to - span.from;
  return sum;
}

/** Like {@link openHours}, but what adjoins is one, so it begins where the calendar opens and ends where it closes. */
export function* openSpans(calendar: Calendar, from: number, to: number): Generator<Span> {
  let open: Span | null = null;
  for (const span of openHours(calendar, from, to)) {
    if (open?.to === span.from) {
      open = { from: open.from, to: span.to };
    } else {
      if (open !== null) yield open;
      open = span;
    }
  }
  if (open !== null) yield open;
}

/** The hours between two moments, in order, cut at midnight, where the clock is changed, and at both ends. */
function* openHours(calendar: Calendar, from: number, to: number): Generator<Span> {
  const hoursOf = hoursByDay(calendar);
  for (const stretch of stretches(from, to, calendar.timeZone)) {
    const firstDay = Math.floor((stretch.from + stretch.offsetMs) / dayMs);
    const lastDay = Math.floor((stretch.to - 1 + stretch.offsetMs) / dayMs);
    for (let day = firstDay; day <= lastDay; day++) {
      const midnight = day * dayMs - stretch.offsetMs;
      for (const hours of hoursOf(day)) {
        const start = Math.max(midnight + hours.from, stretch.from);
        const end = Math.min(midnight + hours.to, stretch.to);
        if (start < end) yield { from: start, to: end };
      }
    }
  }
}

/** From 1970-01-01, which was a Thursday. */
const weekdays = ["thursday", "friday", "saturday", "sunday", "monday", "tuesday", "wednesday"] as const;

type DayHours = NonNullable<Calendar["week"]["monday"]>;

/** The hours of a day that is counted from 1970-01-01, in milliseconds since its midnight, sorted and without overlaps. */
function hoursByDay({ week, exceptions }: Calendar): (day: number) => readonly Span[] {
  const byWeekday = weekdays.map((weekday) => spansOf(week[weekday] ?? []));
  const byDate = new Map(Object.entries(exceptions).map(([date, hours]) => [date, spansOf(hours)]));
  return (day) => {
    const exception = byDate.size === 0 ? undefined : byDate.get(dateOfDay(day));
    return exception ?? byWeekday[((day % 7) + 7) % 7] ?? [];
  };
}

function spansOf(hours: DayHours): readonly Span[] {
  const sorted = hours
    .map(({ from, to }) => ({ from: timeOfDayMs(from), to: timeOfDayMs(to) }))
    .sort((a, b) => a.from - b.from);
  const spans: Span[] = [];
  for (const span of sorted) {
    const last = spans.at(-1);
    if (last !== undefined && span.from <= last.to)
      spans[spans.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else spans.push(span);
  }
  return spans;
}
