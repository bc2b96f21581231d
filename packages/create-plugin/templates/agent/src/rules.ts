import { type Activity, type AgentInput, type Decision, fieldIdOf } from "@hybrid-orchestrator/core";
import type { Settings } from "./config.js";

/** What to do about a session. Pure: the same input gives the same decision. */
export function decide({ activities }: AgentInput, settings: Settings): Decision {
  const errors = errorsAtEnd(activities);
  if (errors >= settings.errorsUntilHuman) {
    return {
      action: "escalate",
      reasoning: `The last ${errors} activities are errors.`,
      confidence: 0.9,
      escalationReason: "errors in a row",
      suggestedHumanAction: "Look at the errors and call the user.",
    };
  }
  const stuck = fieldChangedOften(activities, settings.changesUntilHelp);
  if (stuck !== null) {
    return {
      action: "prompt_user",
      message: "Would you like help with this field?",
      reasoning: `One field was changed ${stuck} times.`,
      confidence: 0.8,
    };
  }
  return { action: "continue", reasoning: "Nothing stands in the way.", confidence: 0.9 };
}

/** An answer to what the user said. */
export function reply(userMessage: string): string {
  if (/\b(human|person|agent)\b/i.test(userMessage)) return "I will ask a colleague to join you.";
  if (/\bhelp\b/i.test(userMessage)) return "Gladly. Which step are you at?";
  return "Thank you. Please go on, and tell me if something does not work.";
}

/** What the next agent or human should know. */
export function summarize({ session, activities, summary }: AgentInput): string {
  const last = activities.at(-1);
  const news = last === undefined ? "Nothing has happened yet." : `The last activity was ${last.type}.`;
  return `${summary ?? `Session ${session.id}.`} ${news}`;
}

function errorsAtEnd(activities: readonly Activity[]): number {
  const lastOther = activities.findLastIndex(({ type }) => type !== "error");
  return activities.length - 1 - lastOther;
}

/** How often the field that was changed most was changed; null when that is less than `often`. */
function fieldChangedOften(activities: readonly Activity[], often: number): number | null {
  const changes = new Map<string, number>();
  for (const { type, data } of activities) {
    const field = type === "field_change" ? fieldIdOf(data) : null;
    if (field !== null) changes.set(field, (changes.get(field) ?? 0) + 1);
  }
  const most = Math.max(0, ...changes.values());
  return most >= often ? most : null;
}
