import { type CalendarInput, calendarSchema } from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addOpenTime, isOpen, nextChange, nextOpening, openTimeBetween } from "../src/index.js";
import { calendarFor, dayMs, hourMs, minuteMs, momentsIn, opensIn, someDays } from "./oracle.js";

const numRuns = process.env.SOAK === undefined ? 100 : 20_000;

const calendar = (input: Partial<CalendarInput>) =>
  calendarSchema.parse({ timeZone: "UTC", week: {}, ...input });
const nineToFive = [{ from: "09:00", to: "17:00" }];
const office = calendar({
  week: {
    monday: nineToFive,
    tuesday: nineToFive,
    wednesday: nineToFive,
    thursday: nineToFive,
    friday: nineToFive,
  },
});
const always = calendar({
  week: Object.fromEntries(
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map((day) => [
      day,
      [{ from: "00:00", to: "24:00" }],
    ]),
  ),
});
const never = calendar({});
/** 2026-11-27 is a Friday. */
const friday = (hour: number, minute = 0) => Date.UTC(2026, 10, 27, hour, minute);
const monday = (hour: number, minute = 0) => Date.UTC(2026, 10, 30, hour, minute);

const inDays = fc
  .constantFrom(...someDays)
  .chain((days) => fc.tuple(fc.constant(days), calendarFor(days), momentsIn(days, 2)));

describe("open time is what a walk by the minute finds, where the clock is changed, too:", () => {
  it("whether it is open, and when it opens and closes", () => {
    fc.assert(
      fc.property(inDays, ([days, hours, [at = 0, later = 0]]) => {
        const open = days.minutes.map((minute) => opensIn(hours, minute));
        const indexOf = (moment: number) => Math.floor((moment - days.from) / minuteMs);
        expect(isOpen(hours, at)).toBe(open[indexOf(at)]);
        expect(isOpen(hours, later)).toBe(open[indexOf(later)]);

        const changes = days.minutes.filter(
          (minute, index) => minute.at > at && index > 0 && open[index] !== open[index - 1],
        );
        const opening = changes.find((minute) => open[indexOf(minute.at)]);
        for (const [found, wanted] of [
          [nextChange(hours, at), changes[0]?.at],
          [nextOpening(hours, at), opening?.at],
        ] as const) {
          if (wanted === undefined) expect(found ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(days.to);
          else expect(found).toBe(wanted);
        }
      }),
      { numRuns },
    );
  }, 600_000);

  it("how much there is, and when so much of it has passed", () => {
    fc.assert(
      fc.property(
        inDays,
        fc.double({ min: 0, max: 1, noNaN: true }),
        ([days, hours, [from = 0, to = 0]], share) => {
          const spans = days.minutes
            .filter((minute) => opensIn(hours, minute))
            .map(({ at }) => ({ from: Math.max(at, from), to: Math.min(at + minuteMs, to) }))
            .filter((span) => span.from < span.to);
          const sum = spans.reduce((total, span) => total + span.to - span.from, 0);
          expect(openTimeBetween(hours, from, to)).toBe(sum);

          const ms = Math.round(sum * share);
          let left = ms;
          let wanted = from;
          for (const span of spans) {
            if (left === 0) break;
            const used = Math.min(span.to - span.from, left);
            wanted = span.from + used;
            left -= used;
          }
          expect(addOpenTime(hours, from, ms)).toBe(wanted);
          expect(openTimeBetween(hours, from, wanted)).toBe(ms);
        },
      ),
      { numRuns },
    );
  }, 600_000);
});

describe("a service level of one working hour", () => {
  it("opened on Friday at 16:30 is due on Monday at 9:30", () => {
    expect(addOpenTime(office, friday(16, 30), hourMs)).toBe(monday(9, 30));
  });

  it("that is over when work ends is due then, not at the next opening", () => {
    expect(addOpenTime(office, friday(16), hourMs)).toBe(friday(17));
    expect(addOpenTime(office, friday(17), 0)).toBe(friday(17));
  });

  it("skips a holiday, and counts hours that an exception adds", () => {
    const withHoliday = { ...office, exceptions: { "2026-11-30": [] } };
    expect(addOpenTime(withHoliday, friday(16, 30), hourMs)).toBe(monday(9, 30) + dayMs);
    const withSunday = { ...office, exceptions: { "2026-11-29": [{ from: "12:00", to: "12:15" }] } };
    expect(addOpenTime(withSunday, friday(16, 30), hourMs)).toBe(monday(9, 15));
  });
});

describe("hours", () => {
  it("that adjoin are one, over midnight, too", () => {
    const night = calendar({
      week: {
        monday: [
          { from: "18:00", to: "20:00" },
          { from: "20:00", to: "24:00" },
        ],
        tuesday: [{ from: "00:00", to: "06:00" }],
      },
    });
    expect(nextChange(night, monday(18))).toBe(monday(30));
    expect(openTimeBetween(night, monday(0), monday(48))).toBe(12 * hourMs);
  });

  it("that overlap are worked once", () => {
    const overlapping = calendar({
      week: {
        monday: [
          { from: "10:00", to: "12:00" },
          { from: "09:00", to: "11:00" },
          { from: "09:30", to: "10:00" },
        ],
      },
    });
    expect(openTimeBetween(overlapping, monday(0), monday(24))).toBe(3 * hourMs);
  });

  it("are a time that the clock skips not at all, and one that it shows twice two times", () => {
    const sundays = calendar({
      timeZone: "Europe/Berlin",
      week: { sunday: [{ from: "02:00", to: "03:00" }] },
    });
    const day = (month: number, date: number) => Date.UTC(2026, month, date);
    expect(openTimeBetween(sundays, day(2, 29), day(2, 30))).toBe(0);
    expect(openTimeBetween(sundays, day(9, 25), day(9, 26))).toBe(2 * hourMs);
    expect(openTimeBetween(sundays, day(9, 18), day(9, 19))).toBe(hourMs);
  });

  it("before and after a skipped time adjoin", () => {
    const around = calendar({
      timeZone: "Europe/Berlin",
      week: {
        sunday: [
          { from: "01:00", to: "02:00" },
          { from: "03:00", to: "04:00" },
        ],
      },
    });
    expect(nextChange(around, Date.UTC(2026, 2, 29, 0, 30))).toBe(Date.UTC(2026, 2, 29, 2));
  });
});

describe("the next opening", () => {
  it("is the one after the next closing while it is open, and at the moment of opening", () => {
    expect(nextOpening(office, friday(10))).toBe(monday(9));
    expect(nextOpening(office, friday(9))).toBe(monday(9));
    expect(nextOpening(office, friday(9) - 1)).toBe(friday(9));
  });

  it("does not exist where it never opens or never closes", () => {
    for (const hours of [always, never]) {
      expect(nextOpening(hours, monday(0))).toBeNull();
      expect(nextChange(hours, monday(0))).toBeNull();
    }
    expect(isOpen(always, monday(0))).toBe(true);
    expect(isOpen(never, monday(0))).toBe(false);
  });

  it("is looked for two years ahead", () => {
    const once = (date: string) => calendar({ exceptions: { [date]: [{ from: "09:00", to: "10:00" }] } });
    expect(nextOpening(once("2028-11-29"), monday(0))).toBe(Date.UTC(2028, 10, 29, 9));
    expect(nextOpening(once("2028-12-02"), monday(0))).toBeNull();
  });
});

describe("counting", () => {
  it("ends where hours do not", () => {
    expect(addOpenTime(never, monday(0), 1)).toBeNull();
    expect(openTimeBetween(never, 0, monday(0))).toBe(0);
    expect(addOpenTime(always, monday(0), 365 * dayMs)).toBe(monday(0) + 365 * dayMs);
  });

  it("reaches ten years ahead", () => {
    const yearly = calendar({ week: { monday: [{ from: "00:00", to: "00:01" }] } });
    expect(addOpenTime(yearly, monday(0), 520 * minuteMs)).toBe(monday(0) + 519 * 7 * dayMs + minuteMs);
    expect(addOpenTime(yearly, monday(0), 523 * minuteMs)).toBeNull();
  });

  it("backwards is nothing", () => {
    expect(openTimeBetween(always, monday(1), monday(0))).toBe(0);
    expect(addOpenTime(office, monday(12), -1)).toBe(monday(12));
  });
});
