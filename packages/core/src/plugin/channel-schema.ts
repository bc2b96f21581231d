import { z } from "zod";

/** {@link ChannelCapabilities} as data, checked when a channel is registered. */
export const channelCapabilitiesSchema = z.strictObject({
  idempotent: z.boolean(),
  twoWay: z.boolean(),
  statusCallbacks: z.boolean(),
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
