import { z } from "zod";
import type { Json, JsonObject } from "../json.js";
import { storableText } from "../text.js";
import type { Activity } from "./activity.js";
import { type Blocker, severitySchema } from "./blocker.js";
import { jsonObjectSchema } from "./json-schema.js";
import { localizedTextSchema, messageSchema } from "./message.js";
import { actorSchema, type Session, type SessionStatus, sessionStatusSchema } from "./session.js";

const seconds = z
  .number()
  .positive()
  .max(10 * 365 * 86_400);
const times = z.number().int().min(1).max(1_000);
const name = storableText.min(1).max(200);
const jsonValue = z.custom<Json>((value) => value !== undefined, "must be a JSON value");

/** What a custom condition may look at. */
export interface ConditionContext {
  readonly session: Session;
  /** The newest activities, oldest first; at most 50. */
  readonly activities: readonly Activity[];
  readonly now: number;
  readonly params: JsonObject;
}
/** Says whether the condition holds. A throw or a promise that takes too long is no match and an error event. */
export type ConditionFunction = (context: ConditionContext) => boolean | Promise<boolean>;

/** What the run of a custom action gets. */
export interface ActionContext {
  readonly session: Session;
  readonly trigger: string;
  readonly reason: string;
  readonly params: JsonObject;
  readonly signal: AbortSignal;
  /** The same for each repetition of one run; an action may be repeated after a crash. */
  readonly idempotencyKey: string;
}
export type ActionFunction = (context: ActionContext) => void | Promise<void>;

export type FilterFunction = (session: Session) => boolean;

const functionSchema = <F>() => z.custom<F>((value) => typeof value === "function", "must be a function");

/** One step of a sequence: an activity of this type and, where given, about this field. */
const stepSchema = z.strictObject({
  /** A glob over activity types, e.g. `field_*`. */
  activity: name,
  /** A glob over the field's id. */
  field: name.optional(),
  /** Members that the activity's data must have. */
  data: jsonObjectSchema.optional(),
});
export type StepPattern = z.infer<typeof stepSchema>;

const sequenceStepSchema = stepSchema.extend({
  /** The step may be missing. */
  optional: z.boolean().default(false),
  /** Nothing else may come between the step before and this one. */
  adjacent: z.boolean().default(false),
});

const leafSchemas = [
  z.strictObject({
    type: z.literal("no_activity"),
    seconds,
    actors: z.array(actorSchema).min(1).default(["user"]),
  }),
  z.strictObject({ type: z.literal("no_progress"), seconds, marker: name }),
  z.strictObject({ type: z.literal("field_changed"), field: name.default("*") }),
  z.strictObject({
    type: z.literal("field_error"),
    field: name.default("*"),
    times: times.default(3),
    withinSeconds: seconds.default(60),
  }),
  z.strictObject({
    type: z.literal("repeated_error"),
    activity: name.optional(),
    times,
    withinSeconds: seconds,
  }),
  z.strictObject({
    type: z.literal("status_changed"),
    to: z.union([sessionStatusSchema, z.array(sessionStatusSchema).min(1)]),
    from: z.union([sessionStatusSchema, z.array(sessionStatusSchema).min(1)]).optional(),
  }),
  z.strictObject({ type: z.literal("reached_stage"), stage: name }),
  z.strictObject({ type: z.literal("score_below"), metric: name, threshold: z.number() }),
  z.strictObject({ type: z.literal("classified"), label: name }),
  z.strictObject({ type: z.literal("time_in_status"), status: sessionStatusSchema, seconds }),
  z.strictObject({
    type: z.literal("metadata"),
    /** Keys joined by dots. */
    path: name,
    is: jsonValue,
  }),
  z.strictObject({
    type: z.literal("sequence"),
    steps: z.array(sequenceStepSchema).min(2).max(10),
    withinSeconds: seconds,
    maxGapSeconds: seconds.optional(),
  }),
  z.strictObject({ type: z.literal("absence_after"), step: stepSchema, without: stepSchema, seconds }),
  z.strictObject({ type: z.literal("oscillation"), field: name.default("*") }),
  z.strictObject({ type: z.literal("rate"), activity: name, times, withinSeconds: seconds }),
  z.strictObject({ type: z.literal("trend"), metric: name, direction: z.enum(["rising", "falling"]), times }),
  z.strictObject({
    type: z.literal("custom"),
    /** A function, or the name of a condition that a plugin registered. */
    evaluate: z.union([functionSchema<ConditionFunction>(), name]),
    params: jsonObjectSchema.default({}),
    everySeconds: seconds.optional(),
  }),
] as const;

const leafSchema = z.discriminatedUnion("type", leafSchemas);
export type LeafCondition = z.infer<typeof leafSchema>;
export type LeafConditionInput = z.input<typeof leafSchema>;

export type Condition =
  | LeafCondition
  | { readonly type: "all" | "any"; readonly conditions: readonly Condition[] }
  | { readonly type: "not"; readonly condition: Condition };
export type ConditionInput =
  | LeafConditionInput
  | { readonly type: "all" | "any"; readonly conditions: readonly ConditionInput[] }
  | { readonly type: "not"; readonly condition: ConditionInput };

const nested = z.lazy(() => conditionSchema);
/** When a trigger fires. The meaning of each type stands in `apps/docs/triggers.md`. */
export const conditionSchema: z.ZodType<Condition, ConditionInput> = z.discriminatedUnion("type", [
  ...leafSchemas,
  z.strictObject({ type: z.literal("all"), conditions: z.array(nested).min(1).max(20) }),
  z.strictObject({ type: z.literal("any"), conditions: z.array(nested).min(1).max(20) }),
  z.strictObject({ type: z.literal("not"), condition: nested }),
]);

export const actionSchema = z.discriminatedUnion("type", [
  messageSchema
    .omit({ recipient: true, template: true, audience: true, content: true, metadata: true })
    .extend({
      type: z.literal("send"),
      /** The session's recipient, or workers: those named here. */
      to: z.enum(["user", "worker"]).default("user"),
      recipient: messageSchema.shape.recipient,
      metadata: jsonObjectSchema.default({}),
      /** Default: active; always, where the trigger watches the status itself. */
      validWhile: messageSchema.shape.validWhile.removeDefault().optional(),
      /** A template over the session. Default: `Trigger NAME fired`. */
      message: localizedTextSchema.optional(),
    }),
  z.strictObject({ type: z.literal("ui_action"), action: name, data: jsonObjectSchema.default({}) }),
  z.strictObject({
    type: z.literal("ask_agent"),
    agent: name.optional(),
    reason: z.string().max(500).optional(),
  }),
  z.strictObject({
    type: z.literal("escalate"),
    reason: z.string().max(500).optional(),
    urgency: messageSchema.shape.urgency,
  }),
  z.strictObject({
    type: z.literal("set_status"),
    status: z.enum(["paused", "completed", "abandoned", "cancelled"]),
  }),
  z.strictObject({
    type: z.literal("custom"),
    /** A function, or the name of an action that a plugin registered. */
    run: z.union([functionSchema<ActionFunction>(), name]),
    params: jsonObjectSchema.default({}),
  }),
]);
export type Action = z.infer<typeof actionSchema>;

export const triggerFilterSchema = z.union([
  functionSchema<FilterFunction>(),
  z.strictObject({
    workflow: z.union([name, z.array(name).min(1)]).optional(),
    /** Values by dotted path. */
    metadata: z.record(z.string(), jsonValue).optional(),
  }),
]);
export type TriggerFilter = z.infer<typeof triggerFilterSchema>;

export const triggerModeSchema = z.union([
  z.literal("live"),
  z.literal("shadow"),
  z.strictObject({
    /** The share of recipients, from 0 to 1, for whom nothing is done, so that the effect can be measured. */
    holdout: z.number().min(0).max(1),
    salt: z.string().default(""),
  }),
]);
export type TriggerMode = z.infer<typeof triggerModeSchema>;

export const triggerSchema = z.strictObject({
  name,
  condition: conditionSchema,
  /** One action, or several in order. */
  action: z.union([actionSchema, z.array(actionSchema).min(1).max(10)]),
  filter: triggerFilterSchema.optional(),
  mode: triggerModeSchema.default("live"),
  /** Per session. */
  maxFires: z.number().int().min(1).max(1_000_000).default(1),
  /** Between two firings in one session. */
  cooldownSeconds: z
    .number()
    .min(0)
    .max(10 * 365 * 86_400)
    .default(60),
  /** Which goes first when several fire at one moment: the lower. */
  priority: z.number().int().default(100),
  /** Statuses in which it may fire. Default: active; for conditions on the status itself: any. */
  status: z.array(sessionStatusSchema).min(1).optional(),
  severity: severitySchema.default("medium"),
  description: z.string().max(1_000).optional(),
});
/** A rule: what to notice, what to do then, how often at most. */
export type Trigger = z.infer<typeof triggerSchema>;
export type TriggerInput = z.input<typeof triggerSchema>;

/** The durable record that a trigger fired: exactly one for each (session, trigger, ordinal). */
export interface Firing {
  readonly id: string;
  readonly sessionId: string;
  readonly trigger: string;
  /** 1, 2, 3, … for this trigger in this session. */
  readonly ordinal: number;
  /** The moment at which the condition held, whenever it was noticed. */
  readonly firedAt: number;
  readonly decidedAt: number;
  /** `seq` of the last activity that had been applied. */
  readonly seq: number;
  readonly reason: string;
  readonly mode: "live" | "shadow" | "holdout";
  /** `control`: recorded, and nothing was done. */
  readonly arm: "treatment" | "control";
  readonly blocker: Blocker | null;
  /** The status of the session at that moment. */
  readonly status: SessionStatus;
}
