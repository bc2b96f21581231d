import { type Decision, decisionActions } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { couldNotDecide } from "./failure.js";
import type { MessageCheck } from "./message-rules.js";
import { answerValue, shapeProblem } from "./reading.js";
import { ended } from "./words.js";

const nullableText = (description: string) => z.string().nullable().describe(description);

/**
 * The shape that models are asked for. All members are required and none has a limit, since strict modes of several
 * vendors take nothing else; {@link readDecision} holds the limits. The reasons come first, so that they are thought first.
 */
export const decisionAnswerSchema = z.strictObject({
  reasoning: z.string().describe("Why, in one to three sentences, for the operators. Not shown to the user."),
  action: z.enum(decisionActions),
  message: nullableText("What to say to the user. Needed with prompt_user; otherwise null."),
  confidence: z.number().describe("From 0 to 1"),
  escalationReason: nullableText("With escalate: what is wrong, in one sentence. Otherwise null."),
  suggestedHumanAction: nullableText("With escalate: what the person should do first. Otherwise null."),
});

const words = z.string().trim().nullish().catch(null);

/** Models leave members out, write numbers as text and actions in capitals; none of that is worth asking again. */
const lenientSchema = z.object({
  action: z.string().trim().toLowerCase().pipe(z.enum(decisionActions)),
  message: words,
  reasoning: words,
  confidence: z.coerce.number().min(0).max(1).catch(0.5),
  escalationReason: words,
  suggestedHumanAction: words,
});

/**
 * The decision in a model's answer: a value, or a text that holds it as JSON, also inside a code fence. Where there is
 * none, or its message must not be sent, it is the decision of an agent that could not decide, which repeats nothing of
 * the answer.
 */
export function readDecision(answer: unknown, check: MessageCheck): Decision {
  const value = answerValue(answer);
  if (value === undefined) return unusable("The model's answer is not JSON.");
  const read = lenientSchema.safeParse(value);
  if (!read.success) return unusable(shapeProblem("answer", read.error));
  const { action, confidence } = read.data;
  const message = read.data.message ?? "";
  const reasoning = read.data.reasoning ?? "";
  const problem = check.whole(message);
  if (action === "prompt_user" && problem !== null)
    return unusable(`The message to the user breaks a rule: ${problem}.`);
  // Nothing is said to the user when all goes on; with the others it is kept where it could be said.
  const kept = action !== "continue" && message !== "" && problem === null;
  const reason = read.data.escalationReason || reasoning;
  const suggestion = read.data.suggestedHumanAction ?? "";
  return {
    action,
    confidence,
    reasoning: ended(reasoning, 4_000),
    ...(kept && { message }),
    ...(action === "escalate" && reason !== "" && { escalationReason: ended(reason, 2_000) }),
    ...(action === "escalate" && suggestion !== "" && { suggestedHumanAction: ended(suggestion, 2_000) }),
  };
}

function unusable(reason: string): Decision {
  return couldNotDecide({ reason, retryable: true });
}
