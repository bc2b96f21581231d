import { type Decision, decisionActions, parseJson } from "@hybrid-orchestrator/core";
import { z } from "zod";
import type { MessageCheck } from "./message-rules.js";

const nullableText = (description: string) => z.string().nullable().describe(description);

/** What a model answers; the API holds it to this shape. The reasons come first, so that they are thought first. */
export const answerSchema = z.strictObject({
  reasoning: z.string().describe("Why, in one to three sentences, for the operators. Not shown to the user."),
  action: z.enum(decisionActions),
  message: nullableText("What to say to the user. Needed with prompt_user; otherwise null."),
  confidence: z.number().min(0).max(1).describe("From 0 to 1"),
  escalation_reason: nullableText("With escalate: what is wrong, in one sentence. Otherwise null."),
  suggested_human_action: nullableText("With escalate: what the person should do first. Otherwise null."),
});
type Answer = z.output<typeof answerSchema>;

/** `problem` names what is wrong and quotes nothing. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: string };

/** A structured answer, read. Also from inside a code fence, as models without structured outputs write it. */
export function readStructured<Value>(schema: z.ZodType<Value>, text: string): Reading<Value> {
  const bare = /^\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*$/s.exec(text)?.[1] ?? text;
  const json = parseJson(bare);
  if (json === undefined) return { ok: false, problem: "The model's answer is not JSON." };
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  const places = parsed.error.issues.map(({ path, code }) => `${path.join(".") || "the whole"} (${code})`);
  return { ok: false, problem: `The model's answer has the wrong shape: ${places.slice(0, 5).join(", ")}.` };
}

/** The decision that an answer stands for, if its message may be sent. */
export function decisionOf(answer: Answer, check: MessageCheck): Reading<Decision> {
  const { action, confidence } = answer;
  const decision: Decision = { action, confidence, reasoning: cut(answer.reasoning, 4_000) };
  const message = answer.message?.trim() ?? "";
  if (action === "prompt_user") {
    const problem = check.whole(message);
    if (problem !== null) return { ok: false, problem: `The message to the user breaks a rule: ${problem}.` };
    return { ok: true, value: { ...decision, message } };
  }
  // Nothing is said to the user with the others; what came along is kept only where it could be said.
  if (action !== "continue" && message !== "" && check.whole(message) === null) decision.message = message;
  if (action === "escalate") {
    const reason = answer.escalation_reason?.trim() || answer.reasoning.trim();
    if (reason !== "") decision.escalationReason = cut(reason, 2_000);
    const suggestion = answer.suggested_human_action?.trim() ?? "";
    if (suggestion !== "") decision.suggestedHumanAction = cut(suggestion, 2_000);
  }
  return { ok: true, value: decision };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
