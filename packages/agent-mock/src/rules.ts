import { type AgentInput, type Decision, fieldIdOf } from "@hybrid-orchestrator/core";

const greeting = "Hello! I'm here to help. Let me know if you have a question about the form.";

/** Fewer changes of one field say nothing. */
const stuckAfter = 3;

/** A greeting where nothing has happened, help where somebody changes one and the same field again and again. */
export function decide({ activities }: AgentInput): Decision {
  if (activities.length === 0) {
    return {
      action: "prompt_user",
      message: greeting,
      reasoning: "Nothing has happened yet.",
      confidence: 0.9,
    };
  }
  const fields = activities
    .filter((activity) => activity.type === "field_change")
    .map(({ data }) => fieldIdOf(data)?.slice(0, 200) ?? null);
  const [field] = fields;
  if (
    field !== undefined &&
    field !== null &&
    fields.length >= stuckAfter &&
    fields.every((other) => other === field)
  ) {
    return {
      action: "prompt_user",
      message: `It looks like ${field} is giving you trouble. Would you like help with it?`,
      reasoning: `The field ${field} was changed ${fields.length} times, and no other.`,
      confidence: 0.85,
    };
  }
  return { action: "continue", reasoning: "The user is making progress.", confidence: 0.9 };
}

const replies: readonly (readonly [RegExp, string])[] = [
  [/help/i, "Of course. What are you stuck on?"],
  [/human|person/i, "I'll connect you with a human who can help."],
  [/thank/i, "You're welcome!"],
];

/** An answer by the first word that it knows. */
export function reply(userMessage: string): string {
  return replies.find(([pattern]) => pattern.test(userMessage))?.[1] ?? "I understand. Please go on.";
}

/** What the next one should know, in one sentence. */
export function summarize({ session, activities, summary }: AgentInput): string {
  const newest = activities.at(-1);
  const seen =
    newest === undefined
      ? "Nothing has happened yet."
      : `${activities.length} recent activities, the last of type ${newest.type}.`;
  return [summary, `Session ${session.id} is ${session.status}.`, seen]
    .filter((part) => part !== null && part !== "")
    .join(" ");
}
