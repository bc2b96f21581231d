import { z } from "zod";
import { timeZoneSchema } from "./recipient.js";

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 09:00");
const date = z.iso.date("must be a date such as 2026-12-25");

const hoursSchema = z
  .strictObject({
    /** `HH:MM` by the clock on the wall. */
    from: timeOfDay,
    /** `HH:MM`, or `24:00` for the end of the day. */
    to: z.union([timeOfDay, z.literal("24:00")]),
  })
  .refine(({ from, to }) => from < to, "must end after it begins; hours over midnight are two entries");

const daySchema = z.array(hoursSchema).max(24);

/** When a team or a person works. */
export const calendarSchema = z.strictObject({
  timeZone: timeZoneSchema,
  /** By day of the week; a day that is left out is free. */
  week: z
    .strictObject({
      monday: daySchema,
      tuesday: daySchema,
      wednesday: daySchema,
      thursday: daySchema,
      friday: daySchema,
      saturday: daySchema,
      sunday: daySchema,
    })
    .partial(),
  /** Days that differ from the week: no hours for a holiday. By date. */
  exceptions: z.record(date, daySchema).default({}),
});
export type Calendar = z.output<typeof calendarSchema>;
export type CalendarInput = z.input<typeof calendarSchema>;

const name = z.string().min(1).max(100);

const shiftSchema = z.strictObject({
  /** Who is on duty, in turn. */
  workers: z.array(name).min(1).max(100),
  /** The date on which the first of them begins. */
  startsOn: date,
  /** The time of day at which the next one takes over, `HH:MM`. */
  handoverAt: timeOfDay.default("09:00"),
  /** Days until the next one takes over. */
  everyDays: z.number().int().min(1).max(365).default(7),
  /** Only in these hours. Default: always. */
  hours: calendarSchema.omit({ timeZone: true }).optional(),
});

/** Who is on duty when. Several shifts at one moment: all of their workers are. */
export const scheduleSchema = z.strictObject({
  timeZone: timeZoneSchema,
  shifts: z.array(shiftSchema).min(1).max(20),
  /** Instead of the shifts: from one local date and time up to another, `2026-12-24T09:00`. */
  overrides: z
    .array(
      z
        .strictObject({
          workers: z.array(name).max(100),
          from: z.iso.datetime({ local: true, offset: false }),
          to: z.iso.datetime({ local: true, offset: false }),
        })
        .refine(({ from, to }) => from < to, "must end after it begins"),
    )
    .max(200)
    .default([]),
});
export type Schedule = z.output<typeof scheduleSchema>;
export type ScheduleInput = z.input<typeof scheduleSchema>;
