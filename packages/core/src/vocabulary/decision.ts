import { z } from "zod";
import { jsonObjectSchema } from "./json-schema.js";

export const decisionActions = ["continue", "prompt_user", "escalate", "complete", "abort"] as const;
export type DecisionAction = (typeof decisionActions)[number];

const decisionFailureSchema = z.strictObject({
  /** For people; holds no secret. */
  reason: z.string().max(500),
  /** Whether asking again may help. */
  retryable: z.boolean(),
  retryAfterMs: z.number().int().nonnegative().optional(),
});

export const decisionSchema = z.strictObject({
  action: z.enum(decisionActions),
  /** What to say to the user; needed with `prompt_user`. */
  message: z.string().max(20_000).optional(),
  reasoning: z.string().max(20_000).default(""),
  /** From 0 to 1. */
  confidence: z.number().min(0).max(1).default(1),
  escalationReason: z.string().max(2_000).optional(),
  suggestedHumanAction: z.string().max(2_000).optional(),
  metadata: jsonObjectSchema.optional(),
  /**
   * Why nothing could be decided: the model could not be reached, or its answer made no sense. The action is then
   * `continue`, with confidence 0.
   */
  failure: decisionFailureSchema.optional(),
});
/** What an agent wants done after a look at a session. */
export type Decision = z.infer<typeof decisionSchema>;
