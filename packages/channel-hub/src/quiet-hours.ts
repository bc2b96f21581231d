import type { Audience, Urgency } from "@hybrid-orchestrator/core";
import type { Temporal } from "temporal-polyfill";
import { firstShowing, wallClock } from "./zone.js";

/** From `start` to `end` by the recipient's clock, over midnight where `end` is the earlier. */
export interface QuietHours {
  /** `HH:MM`. */
  readonly start: string;
  readonly end: string;
  readonly audience: readonly Audience[];
  /** Only these channels; null: all but `exceptChannels`. */
  readonly channels: readonly string[] | null;
  readonly exceptChannels: readonly string[];
  /** Days on which it may begin, 1 (Monday) to 7; what begins on one lasts into the next. */
  readonly days: readonly number[];
}

const minutesPerDay = 24 * 60;

/**
 * The moment from which the recipient's clock no longer shows a quiet time, or null where it shows none now. It goes by
 * the clock on the wall, also where that is put forward or back in between.
 */
export function quietUntil(now: number, timeZone: string, hours: QuietHours): number | null {
  let at = wallClock(now, timeZone);
  if (!isQuiet(at, hours)) return null;
  // A change of the clock may lead back into the quiet time, or out of it.
  do at = firstShowing(at, nextEnd(at, hours));
  while (isQuiet(at, hours));
  return at.epochMilliseconds;
}

/** Whether quiet hours are anything to such a message at all. */
export function areFor(
  hours: QuietHours,
  message: { readonly audience: Audience; readonly urgency: Urgency },
  channel: string,
): boolean {
  if (message.urgency === "critical" || !hours.audience.includes(message.audience)) return false;
  if (hours.exceptChannels.includes(channel)) return false;
  return hours.channels === null || hours.channels.includes(channel);
}

function isQuiet(at: Temporal.ZonedDateTime, { start, end, days }: QuietHours): boolean {
  const shown = at.hour * 60 + at.minute;
  const from = minuteOf(start);
  const to = minuteOf(end);
  const today = days.includes(at.dayOfWeek);
  if (from < to) return today && shown >= from && shown < to;
  const yesterday = days.includes(at.dayOfWeek === 1 ? 7 : at.dayOfWeek - 1);
  return (today && shown >= from) || (yesterday && shown < to);
}

function nextEnd(at: Temporal.ZonedDateTime, { end }: QuietHours): Temporal.PlainDateTime {
  const wall = at.toPlainDateTime();
  const minute = minuteOf(end);
  const today = wall.with({
    hour: Math.floor(minute / 60) % 24,
    minute: minute % 60,
    second: 0,
    millisecond: 0,
    microsecond: 0,
    nanosecond: 0,
  });
  const passed = minute === minutesPerDay || at.hour * 60 + at.minute >= minute;
  return passed ? today.add({ days: 1 }) : today;
}

/** `24:00` is the end of the day. */
function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return hour * 60 + minute;
}
