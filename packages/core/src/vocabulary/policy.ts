import { z } from "zod";
import { calendarSchema } from "./calendar.js";
import { localizedTextSchema, urgencySchema } from "./message.js";

const name = z.string().min(1).max(100);
const seconds = z
  .number()
  .positive()
  .max(365 * 86_400);

/** Who is told. All but a channel stand for workers, and only those who are available and eligible count. */
export const targetSchema = z.union([
  z.strictObject({ worker: name }),
  z.strictObject({ role: name }),
  z.strictObject({ queue: name }),
  /** Whoever is on duty when the level fires. */
  z.strictObject({ schedule: name }),
  /** A place where a team reads, e.g. a Slack channel: told whoever is there. */
  z.strictObject({ channel: name }),
]);
export type Target = z.output<typeof targetSchema>;

const targets = z.array(targetSchema).max(20);

const levelSchema = z.strictObject({
  targets,
  /** From the moment at which this level fires until the next one does. */
  waitSeconds: seconds,
  /** The name of a calendar: outside of its hours the level has no target. */
  hours: name.optional(),
  /**
   * - `skip`: the next level fires at once. `hold`: it waits here for a target, or for the hours.
   * - `fall_back`: the fallback is told instead.
   */
  onNoTarget: z.enum(["skip", "hold", "fall_back"]).default("skip"),
  fallback: targets.default([]),
  /** `notify`: all are told, the first to claim has it. `offer`: one after the other is asked, with capacity held. */
  assign: z.enum(["notify", "offer"]).default("notify"),
  /** How long one offer stands. */
  offerSeconds: seconds.default(30),
  /** How many may have an offer at once. */
  parallelOffers: z.number().int().min(1).max(20).default(1),
  urgency: urgencySchema.default("high"),
});
export type PolicyLevel = z.output<typeof levelSchema>;

/** The three that a service level can be promised for. */
export const slaTargets = ["accept", "respond", "resolve"] as const;
export type SlaTarget = (typeof slaTargets)[number];

const slaSchema = z.strictObject({
  /** From the opening, within business hours where there is a calendar. */
  seconds,
  calendar: name.optional(),
  /** Time in `waiting` does not count. */
  pauseWhileWaiting: z.boolean().default(false),
});

const message = localizedTextSchema.optional();

/** What happens when every level of every cycle has passed. `message` is what the user is told. */
const exhaustedSchema = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("back_to_ai"), message }),
  /** Stays in the queue; the user is asked how to be reached. */
  z.strictObject({ action: z.literal("take_contact"), message }),
  /** Begins anew when the calendar opens. */
  z.strictObject({ action: z.literal("hold_until_open"), calendar: name, message }),
  z.strictObject({ action: z.literal("expire"), message }),
]);

/** What the user is told when the session changes hands; null: nothing. Absent: a text of the library's own. */
const announcementsSchema = z.strictObject({
  /** A human was asked for, and the AI stops. */
  waiting: localizedTextSchema.nullish(),
  /** A human has taken over. `{worker}` is the name. */
  human: localizedTextSchema.nullish(),
  /** The human is gone, and the next one is looked for. */
  lost: localizedTextSchema.nullish(),
  /** The AI is back. */
  ai: localizedTextSchema.nullish(),
});

export const escalationPolicySchema = z
  .strictObject({
    /** The first fires when the escalation opens. */
    levels: z.array(levelSchema).min(1).max(20),
    /** After the last level: so often again, from this level (0 is the first). */
    repeat: z
      .strictObject({
        times: z.number().int().min(0).max(100).default(0),
        fromLevel: z.number().int().min(0).default(0),
      })
      .default({ times: 0, fromLevel: 0 }),
    onExhausted: exhaustedSchema,
    /**
     * What the AI does meanwhile in a takeover: `hold`: it stops, the session belongs to nobody. `assist`: it goes on
     * until somebody claims.
     */
    meanwhile: z.enum(["hold", "assist"]).default("hold"),
    /** Whoever claims has so long for a first word; then it goes back to the queue. Null: as long as they like. */
    acknowledgeSeconds: seconds.nullable().default(600),
    /** Whoever declines, or lets an offer pass, is not offered it again for so long. */
    skipSeconds: seconds.default(120),
    /** An escalation that is nobody's ends after so long, whatever else happens. */
    ttlSeconds: seconds.default(86_400),
    slas: z.strictObject({ accept: slaSchema, respond: slaSchema, resolve: slaSchema }).partial().default({}),
    /** The calendars that levels, SLAs and the end name. */
    calendars: z.record(name, calendarSchema).default({}),
    announcements: announcementsSchema.default({}),
  })
  .superRefine((policy, context) => {
    const named: (readonly [string | undefined, (string | number)[]])[] = [
      ...policy.levels.map(({ hours }, index) => [hours, ["levels", index, "hours"]] as const),
      ...slaTargets.map((target) => [policy.slas[target]?.calendar, ["slas", target, "calendar"]] as const),
      [
        policy.onExhausted.action === "hold_until_open" ? policy.onExhausted.calendar : undefined,
        ["onExhausted", "calendar"],
      ],
    ].map(([calendar, path]) => [calendar as string | undefined, [...(path as (string | number)[])]]);
    for (const [calendar, path] of named) {
      if (calendar !== undefined && !Object.hasOwn(policy.calendars, calendar))
        context.addIssue({
          code: "custom",
          path,
          message: `names the calendar ${calendar}, which calendars does not hold`,
        });
    }
    if (policy.repeat.fromLevel >= policy.levels.length)
      context.addIssue({
        code: "custom",
        path: ["repeat", "fromLevel"],
        message: `must be a level: there are ${policy.levels.length}, and 0 is the first`,
      });
    policy.levels.forEach((level, index) => {
      if (level.onNoTarget === "fall_back" && level.fallback.length === 0)
        context.addIssue({
          code: "custom",
          path: ["levels", index, "fallback"],
          message: "must name whom to fall back to",
        });
    });
  });
/** Who is told when, and what happens when nobody comes. */
export type EscalationPolicy = z.output<typeof escalationPolicySchema>;
export type EscalationPolicyInput = z.input<typeof escalationPolicySchema>;
