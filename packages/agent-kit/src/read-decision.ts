import { type Decision, decisionActions, parseJson } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { couldNotDecide } from "./failure.js";
import { fencesIn } from "./fence.js";

/**
 * The shape that models are asked for. All members are required and none has a limit, since strict modes of several
 * vendors take nothing else; {@link readDecision} holds the limits.
 */
export const decisionAnswerSchema = z.object({
  action: z.enum(decisionActions),
  message: z.string().nullable().describe("What to say to the user, for prompt_user; else null."),
  reasoning: z.string().describe("Why, in one or two sentences, for the people who look after the session."),
  confidence: z.number().describe("From 0 to 1."),
  escalationReason: z.string().nullable().describe("Why a human is needed, for escalate; else null."),
  suggestedHumanAction: z.string().nullable().describe("What that human should do first; else null."),
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
 * none it is the decision of an agent that could not decide, which repeats nothing of the answer.
 */
export function readDecision(answer: unknown): Decision {
  const value = typeof answer === "string" ? jsonIn(answer) : answer;
  const read = lenientSchema.safeParse(value);
  if (!read.success) return unusable("The model's answer was not a decision.");
  const { action, message, reasoning, confidence, escalationReason, suggestedHumanAction } = read.data;
  if (action === "prompt_user") {
    const problem = messageProblem(message ?? "");
    if (problem !== null) return unusable(problem);
  }
  return {
    action,
    reasoning: (reasoning ?? "").slice(0, 4_000),
    confidence,
    ...(action === "prompt_user" && message && { message }),
    ...(escalationReason && { escalationReason: escalationReason.slice(0, 2_000) }),
    ...(suggestedHumanAction && { suggestedHumanAction: suggestedHumanAction.slice(0, 2_000) }),
  };
}

function unusable(reason: string): Decision {
  return couldNotDecide({ reason, retryable: true });
}

/** Why a text must not be shown to a user, or null. */
function messageProblem(message: string): string | null {
  if (message === "") return "The model wanted to say something to the user, and gave no words.";
  if (message.length > 4_000) return "The model's message to the user is too long.";
  if (fencesIn(message)) return "The model's message to the user repeats what it was shown.";
  if (typeof parseJson(message) === "object") return "The model's message to the user is no text but data.";
  return null;
}

function jsonIn(text: string): unknown {
  const whole = parseJson(text);
  if (whole !== undefined) return whole;
  const from = text.indexOf("{");
  const to = text.lastIndexOf("}");
  return from < 0 || to < from ? undefined : parseJson(text.slice(from, to + 1));
}
