import { type Calendar, calendarSchema } from "@hybrid-orchestrator/core";
import fc from "fast-check";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;

/** What a clock on the wall shows in one minute. */
export interface Shown {
  /** When the minute begins. */
  readonly at: number;
  readonly date: string;
  readonly weekday: (typeof weekdays)[number];
  /** `HH:MM`. */
  readonly time: string;
}

/** Some days of a zone, minute by minute, by Intl alone. */
export interface Days {
  readonly timeZone: string;
  readonly from: number;
  readonly to: number;
  readonly minutes: readonly Shown[];
}

function daysAround(timeZone: string, around: number, count = 8): Days {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const from = around - (count / 2) * dayMs;
  const to = around + (count / 2) * dayMs;
  const minutes: Shown[] = [];
  for (let at = from; at < to; at += minuteMs) {
    const [date = "", time = ""] = format.format(at).split(", ");
    minutes.push({ at, date, weekday: weekdays[new Date(`${date}T00:00Z`).getUTCDay()] ?? "sunday", time });
  }
  return { timeZone, from, to, minutes };
}

/**
 * Days in which the clock is changed: by an hour, by half an hour (Lord Howe), by a whole day (Apia, which had no
 * 30 December 2011), in the far future, and not at all.
 */
export const someDays: readonly Days[] = [
  daysAround("Europe/Berlin", Date.UTC(2026, 2, 29)),
  daysAround("Europe/Berlin", Date.UTC(2026, 9, 25)),
  daysAround("Europe/Berlin", Date.UTC(2041, 9, 27)),
  daysAround("America/New_York", Date.UTC(2026, 2, 8)),
  daysAround("America/New_York", Date.UTC(2026, 10, 1)),
  daysAround("Australia/Lord_Howe", Date.UTC(2026, 3, 4)),
  daysAround("Australia/Lord_Howe", Date.UTC(2026, 9, 3)),
  daysAround("Asia/Kolkata", Date.UTC(2026, 5, 1)),
  daysAround("Pacific/Apia", Date.UTC(2011, 11, 30)),
  daysAround("Pacific/Apia", Date.UTC(2020, 3, 4)),
];

/** More often the hours in which clocks are changed. */
const minuteOfDay = fc.oneof(
  fc.integer({ min: 0, max: 4 * 60 }),
  fc.integer({ min: 0, max: 24 * 60 }),
  fc.constantFrom(0, 60, 120, 150, 180, 24 * 60),
);

const hours = fc
  .tuple(minuteOfDay, minuteOfDay)
  .filter(([from, to]) => from < to)
  .map(([from, to]) => ({ from: timeOf(from), to: timeOf(to) }));

function timeOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

const day = fc.oneof(fc.array(hours, { maxLength: 3 }), fc.constant([{ from: "00:00", to: "24:00" }]));

const week = fc.record(
  Object.fromEntries(weekdays.map((weekday) => [weekday, day])) as Record<
    (typeof weekdays)[number],
    typeof day
  >,
  { requiredKeys: [] },
);

/** Hours of any kind, with exceptions on some of these days. */
export function calendarFor({ timeZone, minutes }: Days): fc.Arbitrary<Calendar> {
  const dates = [...new Set(minutes.map(({ date }) => date))];
  return fc
    .record({ week, exceptions: fc.dictionary(fc.constantFrom(...dates), day, { maxKeys: 3 }) })
    .map((calendar) => calendarSchema.parse({ timeZone, ...calendar }));
}

/** Whether the calendar is open in that minute. */
export function opensIn(
  { week: byWeekday, exceptions }: Pick<Calendar, "week" | "exceptions">,
  shown: Shown,
): boolean {
  const today = exceptions[shown.date] ?? byWeekday[shown.weekday] ?? [];
  return today.some(({ from, to }) => from <= shown.time && shown.time < to);
}

/** Days, and moments within them to the millisecond, in order. */
export function momentsIn(days: Days, count: number): fc.Arbitrary<readonly number[]> {
  return fc
    .array(fc.integer({ min: days.from, max: days.to - 1 }), { minLength: count, maxLength: count })
    .map((moments) => moments.sort((a, b) => a - b));
}
