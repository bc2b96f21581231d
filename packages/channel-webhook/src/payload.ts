import { createHash } from "node:crypto";
import {
  audienceSchema,
  type JsonObject,
  type OutboundMessage,
  urgencySchema,
} from "@hybrid-orchestrator/core";
import { z } from "zod";

/**
 * - `standard`: `{ type, timestamp, data }`, as Standard Webhooks recommend.
 * - `seed`: the flat object that the reference implementation in Python posts.
 */
export type WebhookFormat = "standard" | "seed";

/** The specification asks for less than 20 kB, so that receivers can set a limit. */
export const maxBodyBytes = 20_000;

/** What a receiver gets in the `standard` format. Members that it does not know are dropped when it is read. */
export const webhookEventSchema = z.object({
  type: z.literal("message.created"),
  /** When the message was made, ISO 8601; the same for every try. */
  timestamp: z.iso.datetime(),
  data: z.object({
    id: z.string(),
    deliveryId: z.string(),
    sessionId: z.string(),
    recipient: z.object({
      id: z.string(),
      name: z.string().optional(),
      phone: z.string().optional(),
      email: z.string().optional(),
    }),
    content: z.string(),
    subject: z.string().optional(),
    urgency: urgencySchema,
    audience: audienceSchema,
    trigger: z.string().optional(),
    reason: z.string().optional(),
    metadata: z.custom<JsonObject>((value) => z.record(z.string(), z.json()).safeParse(value).success),
  }),
});
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

/** A message as the text that is signed and posted. The same message gives the same text. */
export function bodyOf(message: OutboundMessage, format: WebhookFormat): string {
  switch (format) {
    case "standard":
      return JSON.stringify(standardEvent(message));
    case "seed":
      return JSON.stringify(seedMessage(message));
  }
}

/** Stable for all tries with one key. A hash, since keys hold names, and ids no full stop and no blank. */
export function webhookId(idempotencyKey: string): string {
  return `msg_${createHash("sha256").update(idempotencyKey).digest("base64url").slice(0, 27)}`;
}

function standardEvent(message: OutboundMessage): WebhookEvent {
  const { id, deliveryId, sessionId, recipient, content, subject, urgency, audience } = message;
  const { trigger, reason, metadata, createdAt } = message;
  const { name, phone, email } = recipient;
  return {
    type: "message.created",
    timestamp: new Date(createdAt).toISOString(),
    // JSON leaves out what is undefined.
    data: {
      id,
      deliveryId,
      sessionId,
      recipient: { id: recipient.id, name, phone, email },
      content,
      subject,
      urgency,
      audience,
      trigger,
      reason,
      metadata,
    },
  };
}

function seedMessage({ id, createdAt, recipient, content, urgency, metadata }: OutboundMessage) {
  const { name = null, phone = null, email = null } = recipient;
  return {
    id,
    timestamp: new Date(createdAt).toISOString(),
    recipient: { id: recipient.id, name, phone, email },
    content,
    urgency,
    metadata,
  };
}
