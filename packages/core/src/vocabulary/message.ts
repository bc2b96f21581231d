import { z } from "zod";
import type { JsonObject } from "../json.js";
import { severitySchema } from "./blocker.js";
import { type Recipient, recipientSchema } from "./recipient.js";
import { sessionStatusSchema } from "./session.js";

export const urgencies = ["low", "normal", "high", "critical"] as const;
export type Urgency = (typeof urgencies)[number];
export const urgencySchema = z.enum(urgencies);

export const audienceSchema = z.enum(["user", "worker"]);
/** Whom a message is for. Fallback never crosses from one to the other. */
export type Audience = z.infer<typeof audienceSchema>;

/** One text, or one for each language: keys are BCP 47 tags, `default` serves everybody else. */
export const localizedTextSchema = z.union([
  z.string().min(1).max(20_000),
  z
    .record(z.string(), z.string().min(1).max(20_000))
    .refine(
      (texts) => "default" in texts,
      "needs a text under default for everybody whose language is not listed",
    ),
]);
export type LocalizedText = z.infer<typeof localizedTextSchema>;

/** What a message has in common, whoever asks for it: an API call, a trigger's action, an agent. */
export const messageSchema = z.strictObject({
  /** The text. With `template: true`, an ICU message over the session: `Hello {name}, go on at {resumeLink}`. */
  content: localizedTextSchema,
  template: z.boolean().default(false),
  subject: z.string().max(200).optional(),
  urgency: urgencySchema.default("normal"),
  audience: audienceSchema.default("user"),
  /** What the message needs of its channel: `link`, `long_instructions`, `urgent_guidance`, or a domain's own. */
  need: z.string().min(1).max(100).optional(),
  severity: severitySchema.optional(),
  /** Use this channel first. */
  channel: z.string().min(1).max(100).optional(),
  /** Statuses of the session in which the message still makes sense when it is sent. */
  validWhile: z.union([z.literal("always"), z.array(sessionStatusSchema).min(1)]).default(["active"]),
  /** Whether an automated message is dropped or sent when a human has taken over since it was written. */
  whileHuman: z.enum(["drop", "send"]).default("drop"),
  /** A prompt makes no sense later, so it expires in quiet hours; a follow-up is held until they end. */
  kind: z.enum(["prompt", "follow_up"]).default("prompt"),
  metadata: z.record(z.string(), z.unknown()).default({}),
  /** Default for the user audience: the session's recipient. */
  recipient: recipientSchema.optional(),
});
export type NewMessage = z.input<typeof messageSchema>;

/** A message as it is kept: complete, its recipient settled. */
export interface Message {
  readonly id: string;
  readonly content: LocalizedText;
  readonly template: boolean;
  readonly subject: string | null;
  readonly urgency: Urgency;
  readonly audience: Audience;
  readonly need: string | null;
  readonly severity: z.infer<typeof severitySchema> | null;
  readonly channel: string | null;
  readonly validWhile: "always" | readonly z.infer<typeof sessionStatusSchema>[];
  readonly whileHuman: "drop" | "send";
  readonly kind: "prompt" | "follow_up";
  readonly metadata: JsonObject;
  readonly recipient: Recipient;
  /** The trigger that asked for it and why, where one did. */
  readonly trigger: string | null;
  readonly reason: string | null;
  /** Whether software wrote it (a trigger, an agent). Such a message never leaves once a human owns the session. */
  readonly automated: boolean;
  readonly createdAt: number;
}
