import {
  actorSchema,
  deliveryStatuses,
  dispositions,
  escalationKinds,
  escalationStatuses,
  type Json,
  type JsonObject,
  ownerSchema,
  sessionStatusSchema,
  slaTargets,
  urgencySchema,
} from "@hybrid-orchestrator/core";
import { z } from "zod";

export const contextViews = ["full", "standard", "brief"] as const;
/**
 * `full`: everything, private values too. `standard`: everything but private values. `brief`: who, why, where and what to
 * do, for a text message or a voice: no value of any field, no message, no log.
 */
export type ContextView = (typeof contextViews)[number];

const moment = z.number();
const json = z.custom<Json>((value) => value !== undefined, "must be a JSON value");
const object = z.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "must be a JSON object",
);
const count = z.number().int().nonnegative();
const text = z.string();
const noText = z.string().nullable();
const noMoment = moment.nullable();

const escalationSchema = z.strictObject({
  id: text,
  kind: z.enum(escalationKinds),
  status: z.enum(escalationStatuses),
  reason: text,
  requestedBy: text,
  suggestedHumanAction: noText,
  priority: urgencySchema,
  queue: noText,
  question: noText,
  approval: z
    .strictObject({
      status: text,
      agent: noText,
      tool: text,
      args: object,
      /** Past 4,000 characters the arguments are cut here; the escalation has all of them. */
      cut: z.boolean(),
    })
    .nullable(),
  openedAt: moment,
  claimedAt: noMoment,
  respondedAt: noMoment,
  endedAt: noMoment,
  outcome: noText,
  claimEpoch: count,
  holder: noText,
  holderSince: noMoment,
  releases: count,
  /** What the holder says to whom it is handed on. */
  transferNote: noText,
  slas: z.array(
    z.strictObject({ target: z.enum(slaTargets), dueAt: noMoment, metAt: noMoment, breachedAt: noMoment }),
  ),
  notes: z.array(z.strictObject({ worker: text, at: moment, text })),
});

const earlierSchema = z.strictObject({
  id: text,
  kind: z.enum(escalationKinds),
  status: z.enum(escalationStatuses),
  reason: text,
  openedAt: moment,
  endedAt: noMoment,
  outcome: noText,
  disposition: z.enum(dispositions).nullable(),
  question: noText,
  answer: noText,
  /** What was handed back to the AI. */
  handBack: noText,
});

const userSchema = z.strictObject({
  id: text,
  name: noText,
  locale: noText,
  timeZone: noText,
  available: z.boolean(),
  /** By what they are known: `phone`, `email`, `slackId`, or the channel's name. */
  addresses: z.record(z.string(), z.string()),
  metadata: object,
});

const sessionSchema = z.strictObject({
  id: text,
  externalId: noText,
  workflow: text,
  status: sessionStatusSchema,
  owner: ownerSchema,
  createdAt: moment,
  expiresAt: noMoment,
  lastUserActivityAt: noMoment,
  metadata: object,
  summary: noText,
});

const placeSchema = z.strictObject({
  /** Where the application has described its form. */
  page: z.strictObject({ name: text, title: text, number: count, of: count }).nullable(),
  screen: noText,
  step: z.union([z.string(), z.number()]).nullable(),
  /** The label of the field that the user types in. */
  focus: noText,
  /** Labels of what is required there and empty. */
  missing: z.array(text),
  at: noMoment,
});

const fieldSchema = z.strictObject({
  id: text,
  label: text,
  private: z.boolean(),
  /** Absent: nobody said what is in it. */
  value: json.optional(),
  /** The value's beginning is all there is. */
  cut: z.boolean(),
  /** What the user is told about it. */
  error: noText,
  at: moment,
  changedAt: noMoment,
  changes: count,
  /** Earlier values, oldest first, the newest ten. */
  before: z.array(z.strictObject({ value: json, at: moment })),
});

const messageSchema = z.strictObject({
  seq: count,
  at: moment,
  actor: actorSchema,
  /** The worker, where one is named. */
  worker: noText,
  channel: noText,
  text,
});

const sentSchema = z.strictObject({
  id: text,
  at: moment,
  /** `agent:NAME`, `trigger:NAME`, `worker:ID`, `announcement` or `api`. */
  by: text,
  text,
  channel: noText,
  status: z.enum(deliveryStatuses),
  /** The last word on it: why it was suppressed, what failed. */
  reason: noText,
  attempts: count,
  updatedAt: moment,
});

const attemptSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("decision"),
    at: moment,
    agent: text,
    action: text,
    /** What it wanted to say, and what became of that message. */
    message: noText,
    delivery: z.strictObject({ id: text, status: z.enum(deliveryStatuses), reason: noText }).nullable(),
    reasoning: text,
    confidence: z.number().nullable(),
    failure: noText,
  }),
  z.strictObject({
    kind: z.literal("tool"),
    at: moment,
    agent: noText,
    tool: text,
    status: text,
    args: object,
    result: json,
    error: noText,
    /** Arguments or result are cut. */
    cut: z.boolean(),
  }),
  z.strictObject({ kind: z.literal("failed_call"), at: moment, agent: noText, failure: text }),
]);

const firingSchema = z.strictObject({
  at: moment,
  trigger: text,
  reason: text,
  /** False: recorded, and nothing was done. */
  acted: z.boolean(),
});

const entrySchema = z.strictObject({
  seq: count,
  at: moment,
  actor: actorSchema,
  type: text,
  channel: noText,
  data: object,
  /** Not all of the data is here. */
  cut: z.boolean(),
});

export const contextPackageSchema = z.strictObject({
  version: z.literal(1),
  view: z.enum(contextViews),
  builtAt: moment,
  escalation: escalationSchema,
  user: userSchema.nullable(),
  session: sessionSchema,
  place: placeSchema,
  fields: z.array(fieldSchema),
  /** What was written by the user, and by people on any surface, oldest first. */
  messages: z.array(messageSchema),
  /** What was sent to the user, or was to be, oldest first. */
  sent: z.array(sentSchema),
  /** What the AI did, oldest first. */
  tried: z.array(attemptSchema),
  /** Why it stopped. */
  stopped: z.strictObject({
    reason: text,
    by: text,
    /** The last things that went wrong before, newest first. */
    failures: z.array(z.strictObject({ at: moment, what: text })),
  }),
  firings: z.array(firingSchema),
  /** What people have promised and nobody has said to be kept. */
  promises: z.array(z.strictObject({ text, worker: noText, at: moment })),
  /** Other escalations of the session, oldest first. */
  earlier: z.array(earlierSchema),
  /** The session's log, oldest first. */
  timeline: z.array(entrySchema),
  /** How many of each are not here, because there are more than a package holds. */
  omitted: z.strictObject({
    fields: count,
    messages: count,
    sent: count,
    tried: count,
    firings: count,
    promises: count,
    earlier: count,
    timeline: count,
  }),
});
/** What a human needs in order to ask the user for nothing again. */
export type ContextPackage = z.infer<typeof contextPackageSchema>;
export type ContextAttempt = ContextPackage["tried"][number];
export type ContextEntry = ContextPackage["timeline"][number];
