import { z } from "zod";
import { storableText } from "../text.js";
import { jsonObjectSchema } from "./json-schema.js";
import { recipientSchema } from "./recipient.js";

export const actors = ["user", "ai", "human", "system"] as const;
/** Who did something: the person served, an AI agent, a human worker, or the software. */
export type Actor = (typeof actors)[number];
export const actorSchema = z.enum(actors);

export const sessionStatuses = [
  "active",
  "paused",
  "completed",
  "abandoned",
  "cancelled",
  "expired",
] as const;
export type SessionStatus = (typeof sessionStatuses)[number];
export const sessionStatusSchema = z.enum(sessionStatuses);

/** Where each status can go. `abandoned → active` is by resume alone; the last three are final. */
export const statusTransitions: Readonly<Record<SessionStatus, readonly SessionStatus[]>> = {
  active: ["paused", "completed", "abandoned", "cancelled", "expired"],
  paused: ["active", "completed", "abandoned", "cancelled", "expired"],
  abandoned: ["active", "expired"],
  completed: [],
  cancelled: [],
  expired: [],
};

/** Whether a session of this status takes activities. */
export function isOpen(status: SessionStatus): boolean {
  return status === "active" || status === "paused";
}

export const ownerSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("ai"), agent: z.string() }),
  z.strictObject({ kind: z.literal("human"), worker: z.string() }),
  z.strictObject({ kind: z.literal("nobody") }),
]);
/** Who speaks for us in a session. */
export type Owner = z.infer<typeof ownerSchema>;

const moment = z.number();

export const sessionSchema = z.strictObject({
  /** Not secret: it stands in URLs, logs and e-mail footers. */
  id: z.string(),
  /** The caller's own name for it, unique where given. */
  externalId: z.string().nullable(),
  workflow: z.string(),
  status: sessionStatusSchema,
  recipient: recipientSchema.nullable(),
  metadata: jsonObjectSchema,
  /** What the next agent or human should know. */
  summary: z.string().nullable(),
  owner: ownerSchema,
  /** Grows with each change of owner; an automated message written under an older one is not sent. */
  ownershipEpoch: z.number().int(),
  createdAt: moment,
  updatedAt: moment,
  lastActivityAt: z.strictObject({
    user: moment.nullable(),
    ai: moment.nullable(),
    human: moment.nullable(),
    system: moment.nullable(),
  }),
  expiresAt: moment.nullable(),
  /** Moves when metadata, summary, recipient or status change. */
  revision: z.number().int(),
  /** Moves with every commit. */
  version: z.number().int(),
});
export type Session = z.infer<typeof sessionSchema>;

export const newSessionSchema = z.strictObject({
  externalId: storableText
    .min(1)
    .max(200)
    .refine((text) => !text.startsWith("ses_"), "must not start with ses_, which marks an access token")
    .optional(),
  workflow: storableText.min(1).max(100).default("default"),
  recipient: recipientSchema.optional(),
  metadata: z.record(z.string(), z.unknown()).default({}),
  summary: z.string().max(100_000).optional(),
  /** How long the session lives, in seconds; null for ever. Default: the orchestrator's. */
  ttlSeconds: z
    .number()
    .positive()
    .max(10 * 365 * 86_400)
    .nullable()
    .optional(),
});
export type NewSession = z.input<typeof newSessionSchema>;
