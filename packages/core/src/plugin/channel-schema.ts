import { z } from "zod";
import { storableText } from "../text.js";
import { jsonObjectSchema } from "../vocabulary/json-schema.js";

/** {@link ChannelCapabilities} as data, checked when a channel is registered. */
export const channelCapabilitiesSchema = z.strictObject({
  idempotent: z.boolean(),
  twoWay: z.boolean(),
  statusCallbacks: z.boolean(),
  threads: z.boolean().optional(),
  answers: z.enum(["buttons", "words", "speech"]).optional(),
  maxLength: z.number().int().positive().optional(),
  richText: z.boolean(),
  audience: z.enum(["user", "worker", "both"]),
});

const reason = z.string().min(1);

/** {@link SendResult} as the contract has it; members that are not named are ignored. */
export const sendResultSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("sent"),
    externalId: z.string().min(1).optional(),
    status: z.enum(["sent", "delivered"]).optional(),
  }),
  z.object({ outcome: z.literal("retryable"), reason, retryAfterMs: z.number().nonnegative().optional() }),
  z.object({ outcome: z.literal("permanent"), reason, suppress: z.boolean().optional() }),
  z.object({ outcome: z.literal("ambiguous"), reason, externalId: z.string().min(1).optional() }),
  z.object({ outcome: z.literal("misconfigured"), reason }),
]);

/** The longest text of an inbound message, in UTF-16 units. A channel whose vendor allows more cuts it. */
export const maxInboundTextLength = 50_000;

const name = storableText.min(1).max(500);

/** {@link InboundMessage} as the contract has it; it comes from outside, so nothing of it is believed. */
export const inboundMessageSchema = z.strictObject({
  channel: storableText.min(1).max(100),
  externalId: name,
  session: name.optional(),
  inReplyTo: name.optional(),
  from: name.optional(),
  author: name.optional(),
  unproven: z.boolean().optional(),
  text: z.string().max(maxInboundTextLength),
  action: z.string().max(2_000).optional(),
  intent: z.enum(["opt_out", "opt_in", "human"]).optional(),
  data: jsonObjectSchema.optional(),
  occurredAt: z.number().int().nonnegative().optional(),
});
