import { OrchestratorError } from "@hybrid-orchestrator/core";
import { Temporal } from "temporal-polyfill";

export const dayMs = 86_400_000;

/** A stretch of time in which a zone's clock runs evenly: what it shows is the moment plus the offset. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly offsetMs: number;
}

/**
 * What the clock on the wall shows, in milliseconds since 1970-01-01T00:00 on that clock. So a day is always 24 hours
 * long, and arithmetic with days of the calendar is arithmetic with numbers.
 */
export function shownAt(at: number, timeZone: string): number {
  return at + offsetOf(zoned(at, timeZone));
}

/**
 * The latest time that the clock has shown up to now. It differs from {@link shownAt} in the hour after the clock was
 * put back: what happened at 02:30 has happened, and does not happen again.
 */
export function reachedBy(at: number, timeZone: string): number {
  const now = zoned(at, timeZone);
  const shown = at + offsetOf(now);
  // No zone has put its clock back by more than a day.
  if (offsetOf(zoned(at - dayMs, timeZone)) <= offsetOf(now)) return shown;
  const change = zoned(at + 1, timeZone).getTimeZoneTransition("previous");
  if (change === null) return shown;
  const lastBefore = change.epochMilliseconds - 1;
  return Math.max(shown, shownAt(lastBefore, timeZone));
}

/** When the clock first shows `shown`, or jumps over it. */
export function firstShowing(shown: number, timeZone: string): number {
  const wanted = Temporal.Instant.fromEpochMilliseconds(shown).toZonedDateTimeISO("UTC").toPlainDateTime();
  const found = wanted.toZonedDateTime(timeZone, { disambiguation: "earlier" });
  if (found.toPlainDateTime().equals(wanted)) return found.epochMilliseconds;
  // The clock skips it: "earlier" is then read by the clock after the change, and lies before the change.
  return (found.getTimeZoneTransition("next") ?? found).epochMilliseconds;
}

/**
 * The moment of a time by the clock on the wall, `2026-11-29T03:00`: the first at which the zone's clock shows it or jumps
 * over it. With an offset or a `Z` it says itself which moment it is.
 * @throws OrchestratorError `invalid_argument` where it is no such time, or there is no such zone
 */
export function momentOf(time: string, timeZone: string): number {
  try {
    if (/(Z|[+-]\d\d:\d\d)$/i.test(time)) return Temporal.Instant.from(time).epochMilliseconds;
    const shown = Temporal.PlainDateTime.from(time).toZonedDateTime("UTC").epochMilliseconds;
    return firstShowing(shown, timeZone);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OrchestratorError(
      "invalid_argument",
      `Either ${time} is no time such as 2026-11-29T03:00, or ${timeZone} no time zone such as Europe/Berlin.`,
      { cause: error },
    );
  }
}

/** The stretches that make up the time from one moment to another. */
export function* stretches(from: number, to: number, timeZone: string): Generator<Stretch> {
  let start = from;
  while (start < to) {
    const now = zoned(start, timeZone);
    const change = now.getTimeZoneTransition("next")?.epochMilliseconds ?? to;
    const end = Math.min(change, to);
    yield { from: start, to: end, offsetMs: offsetOf(now) };
    start = end;
  }
}

/** `HH:MM` in milliseconds since midnight; `24:00` is the end of the day. */
export function timeOfDayMs(time: string): number {
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return (hour * 60 + minute) * 60_000;
}

/** The date, e.g. `2026-03-29`, of a day counted from 1970-01-01. */
export function dateOfDay(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

export function zoned(at: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
}

function offsetOf(at: Temporal.ZonedDateTime): number {
  return Math.round(at.offsetNanoseconds / 1_000_000);
}
