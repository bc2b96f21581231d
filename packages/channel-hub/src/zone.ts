import { Temporal } from "temporal-polyfill";

type ZonedDateTime = Temporal.ZonedDateTime;

/** What a calendar and a clock on the wall show in a time zone. */
export function wallClock(at: number, timeZone: string): ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone);
}

/** The calendar day, e.g. `2026-03-29`. */
export function dayOf(at: number, timeZone: string): string {
  return wallClock(at, timeZone).toPlainDate().toString();
}

/**
 * When the clock that shows `now` will first show `target`, or jump over it. A time that the clock shows twice counts
 * the first time; one that it skips counts when it skips it.
 */
export function firstShowing(now: ZonedDateTime, target: Temporal.PlainDateTime): ZonedDateTime {
  const asIfNothingChanged = now.add({
    milliseconds: now.toPlainDateTime().until(target, { largestUnit: "hours" }).total("milliseconds"),
  });
  const change = now.getTimeZoneTransition("next");
  return change !== null && change.epochMilliseconds < asIfNothingChanged.epochMilliseconds
    ? change
    : asIfNothingChanged;
}
