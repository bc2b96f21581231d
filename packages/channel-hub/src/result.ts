import { isStorableText, type SendResult } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { safeReason } from "./mask.js";

// Details of the wrong kind are dropped; only the outcome must be one that we know.
const vendorId = z
  .union([z.string().min(1).max(500).refine(isStorableText), z.number()])
  .transform(String)
  .optional()
  .catch(undefined);
const reason = z.string().min(1).catch("the channel gave no reason");

const answerSchema = z.discriminatedUnion("outcome", [
  z.object({
    outcome: z.literal("sent"),
    externalId: vendorId,
    status: z.enum(["sent", "delivered"]).optional().catch(undefined),
  }),
  z.object({
    outcome: z.literal("retryable"),
    reason,
    retryAfterMs: z.number().nonnegative().optional().catch(undefined),
  }),
  z.object({ outcome: z.literal("permanent"), reason, suppress: z.boolean().optional().catch(undefined) }),
  z.object({ outcome: z.literal("ambiguous"), reason, externalId: vendorId }),
  z.object({ outcome: z.literal("misconfigured"), reason }),
]);

/** What a channel answered, whatever that was: an answer that makes no sense says nothing about the message. */
export function readResult(answer: unknown): SendResult {
  let read: ReturnType<typeof answerSchema.safeParse>;
  try {
    read = answerSchema.safeParse(answer);
  } catch {
    // An answer whose members throw when they are read.
    return malformed;
  }
  if (!read.success) return malformed;
  const result = read.data;
  switch (result.outcome) {
    case "sent":
      return {
        outcome: "sent",
        ...optional("externalId", result.externalId),
        ...optional("status", result.status),
      };
    case "retryable":
      return {
        outcome: "retryable",
        reason: safeReason(result.reason),
        ...optional("retryAfterMs", result.retryAfterMs),
      };
    case "permanent":
      return {
        outcome: "permanent",
        reason: safeReason(result.reason),
        ...optional("suppress", result.suppress),
      };
    case "ambiguous":
      return {
        outcome: "ambiguous",
        reason: safeReason(result.reason),
        ...optional("externalId", result.externalId),
      };
    case "misconfigured":
      return { outcome: "misconfigured", reason: safeReason(result.reason) };
  }
}

const malformed: SendResult = { outcome: "ambiguous", reason: "the channel's answer was not a valid result" };

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
