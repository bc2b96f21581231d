import { parseJson } from "@hybrid-orchestrator/core";
import type { z } from "zod";

/** What was read of an answer. `problem` names what is wrong and quotes nothing. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: string };

/** The value in an answer: itself, or the JSON in its text, also within a code fence or among words. */
export function answerValue(answer: unknown): unknown {
  if (typeof answer !== "string") return answer;
  const whole = parseJson(answer);
  if (whole !== undefined) return whole;
  const from = answer.indexOf("{");
  const to = answer.lastIndexOf("}");
  return from < 0 || to < from ? undefined : parseJson(answer.slice(from, to + 1));
}

export function shapeProblem(what: string, error: z.ZodError): string {
  const places = error.issues.map(({ path, code }) => `${path.join(".") || "the whole"} (${code})`);
  return `The model's ${what} has the wrong shape: ${places.slice(0, 5).join(", ")}.`;
}
