import {
  type Audience,
  audienceSchema,
  localizedTextSchema,
  parseWith,
  timeZoneSchema,
  type Urgency,
  urgencySchema,
} from "@hybrid-orchestrator/core";
import { z } from "zod";
import type { BreakerSettings } from "./breaker.js";
import type { QuietHours } from "./quiet-hours.js";
import type { Rate } from "./token-bucket.js";

const name = z.string().min(1).max(100);
const names = z.array(name).max(50);
const milliseconds = z
  .number()
  .int()
  .positive()
  .max(365 * 86_400_000);

const rateSchema = z
  .strictObject({
    perSecond: z.number().positive().max(100_000),
    /** How many may go at once after a rest. Default: what one second brings, and at least 1. */
    burst: z.number().int().min(1).max(1_000_000).optional(),
  })
  .transform(
    ({ perSecond, burst }): Rate => ({
      perSecond,
      burst: burst ?? Math.max(1, Math.floor(perSecond)),
    }),
  );

const breakerSchema = z.strictObject({
  failures: z.number().int().min(1).max(10_000).default(8),
  openMs: milliseconds.default(30_000),
  maxOpenMs: milliseconds.default(10 * 60_000),
});

/** How one channel is used. Everything has a default; see {@link channelDefaults}. */
export const channelSettingsSchema = z.strictObject({
  enabled: z.boolean().optional(),
  /** Among channels that nothing else puts in order: the lower goes first. */
  priority: z.number().int().optional(),
  /** How many sends may be under way at once, in one process. */
  concurrency: z.number().int().min(1).max(1_000).optional(),
  /** How long one send may take. */
  timeoutMs: milliseconds.max(600_000).optional(),
  /** How often one delivery is tried on it. */
  maxAttempts: z.number().int().min(1).max(100).optional(),
  retryBaseMs: milliseconds.optional(),
  retryCapMs: milliseconds.optional(),
  /** After how many failures in a row it is left alone, and for how long; null: never. */
  breaker: breakerSchema.nullable().optional(),
  /** How fast it is used, and how fast one address, by each process; null: as fast as may be. */
  rate: rateSchema.nullable().optional(),
  destinationRate: rateSchema.nullable().optional(),
  /** How many messages one address gets in one calendar day of its time zone; null: any number. */
  maxPerDay: z.number().int().min(1).max(1_000).nullable().optional(),
});
export type ChannelSettingsInput = z.input<typeof channelSettingsSchema>;

export interface ChannelSettings {
  readonly enabled: boolean;
  readonly priority: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly retryBaseMs: number;
  readonly retryCapMs: number;
  readonly breaker: BreakerSettings | null;
  readonly rate: Rate | null;
  readonly destinationRate: Rate | null;
  readonly maxPerDay: number | null;
}

export const channelDefaults: ChannelSettings = {
  enabled: true,
  priority: 100,
  concurrency: 8,
  timeoutMs: 30_000,
  maxAttempts: 4,
  retryBaseMs: 1_000,
  retryCapMs: 60_000,
  breaker: { failures: 8, openMs: 30_000, maxOpenMs: 600_000 },
  rate: null,
  destinationRate: null,
  maxPerDay: null,
};

const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

/** One value for all urgencies, or one for each; those that are left out keep their default. */
function byUrgency<Value extends z.ZodType>(value: Value, defaults: Record<Urgency, z.output<Value>>) {
  const table = z.strictObject({
    low: value.optional(),
    normal: value.optional(),
    high: value.optional(),
    critical: value.optional(),
  });
  return z
    .union([value, table])
    .transform((given): Record<Urgency, z.output<Value>> => {
      if (typeof given !== "object" || given === null) {
        const all = given as z.output<Value>;
        return { low: all, normal: all, high: all, critical: all };
      }
      return { ...defaults, ...(given as Partial<Record<Urgency, z.output<Value>>>) };
    })
    .default(defaults);
}

/** Lists of channels by key; a key that is given replaces the default list of that key. */
function routes<Key extends z.ZodType<string, string>>(
  key: Key,
  defaults: Record<string, readonly string[]>,
) {
  return z
    .partialRecord(key, names)
    .transform((given): Readonly<Record<string, readonly string[]>> => ({ ...defaults, ...given }))
    .default(defaults);
}

const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, "must be a time such as 21:00");

const quietHoursSchema = z
  .strictObject({
    start: timeOfDay,
    end: timeOfDay,
    audience: z
      .array(audienceSchema)
      .min(1)
      .default((): Audience[] => ["user"]),
    channels: names.nullable().default(null),
    exceptChannels: names.default([]),
    days: z
      .array(z.number().int().min(1).max(7))
      .min(1)
      .default(() => [1, 2, 3, 4, 5, 6, 7]),
  })
  .refine(({ start, end }) => start !== end && start !== "24:00", "must start at a time other than its end")
  // Their end is looked for, and would never come.
  .refine(
    ({ start, end, days }) => start !== "00:00" || end !== "24:00" || new Set(days).size < 7,
    "leave no time that is not quiet; disable the channels, or engage a kill switch",
  )
  .transform((hours): QuietHours => hours);

const unreachedAlertSchema = z.strictObject({
  /** Of the messages to users that make an alert. */
  urgencies: z
    .array(urgencySchema)
    .min(1)
    .default((): Urgency[] => ["high", "critical"]),
  /** Of the alert itself. */
  urgency: urgencySchema.default("high"),
  /** A template over the session, with `reason` for what went wrong. */
  content: localizedTextSchema.default("A message did not get to the user: {reason}"),
  channel: name.optional(),
});

export type UnreachedAlert = z.output<typeof unreachedAlertSchema>;

/** How messages are routed, retried, moved to another channel and given up. */
export const hubPolicySchema = z.strictObject({
  urgencyRoutes: routes(urgencySchema, {
    critical: ["voice", "sms", "slack"],
    high: ["sms", "slack", "email"],
    normal: ["email", "slack", "dashboard"],
    low: ["dashboard", "webhook"],
  }),
  /** By a message's `need`. */
  needRoutes: routes(name, {
    link: ["sms"],
    long_instructions: ["email"],
    urgent_guidance: ["voice"],
  }),
  /** By a message's `severity`, for workers who are available. */
  severityRoutes: routes(z.enum(["low", "medium", "high"]), { high: ["voice"] }),
  /** Channels that interrupt people; never used for a recipient who is not available. */
  interruptingChannels: names.default(["voice"]),
  channels: z.record(name, channelSettingsSchema).default({}),
  /** Whether a message moves on when its first channel failed. */
  fallback: z.boolean().default(true),
  /** What comes after the routes, in this order and nothing else. Null: every other channel, by priority, then name. */
  fallbackChannels: names.nullable().default(null),
  /** How long one channel is tried, from its first attempt on. */
  channelDeadlineMs: byUrgency(milliseconds, {
    low: hours,
    normal: 30 * minutes,
    high: 5 * minutes,
    critical: minutes,
  }),
  /** How long after its creation an attempt may still begin. */
  deadlineMs: byUrgency(milliseconds, {
    low: 24 * hours,
    normal: 4 * hours,
    high: 30 * minutes,
    critical: 10 * minutes,
  }),
  /** How long to wait for a callback about a send of which nobody knows what became. */
  ambiguousWaitMs: byUrgency(milliseconds, {
    low: 10 * minutes,
    normal: 5 * minutes,
    high: 2 * minutes,
    critical: 30 * seconds,
  }),
  /** What happens when none came. `fallback` may reach somebody twice. */
  onAmbiguous: byUrgency(z.enum(["dead_letter", "fallback"]), {
    low: "dead_letter",
    normal: "dead_letter",
    high: "dead_letter",
    critical: "fallback",
  }),
  /** A message to workers when one to a user has got through on no channel. Null: none. */
  unreachedAlert: unreachedAlertSchema.nullable().default(null),
  /** Where a recipient has no time zone of its own. */
  defaultTimeZone: timeZoneSchema.default("UTC"),
  /** When people are not to be disturbed, by their own clock. Critical messages pass. Null: never. */
  quietHours: quietHoursSchema.nullable().default(null),
  /** Urgencies that `maxPerDay` neither stops nor counts. */
  capExemptUrgencies: z.array(urgencySchema).default([]),
  /** How much longer than a channel's `timeoutMs` an attempt belongs to the process that began it. */
  leaseMarginMs: milliseconds.max(600_000).default(15 * seconds),
});
export type HubPolicy = z.output<typeof hubPolicySchema>;
export type HubPolicyInput = z.input<typeof hubPolicySchema>;

/** @throws OrchestratorError `invalid_configuration` that lists every mistake with its path. */
export function readPolicy(input: HubPolicyInput = {}): HubPolicy {
  return parseWith(hubPolicySchema, input, { name: "delivery policy", code: "invalid_configuration" });
}
