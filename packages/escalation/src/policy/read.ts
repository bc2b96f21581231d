import {
  type EscalationPolicy,
  escalationPolicySchema,
  OrchestratorError,
  parseWith,
  suggestName,
} from "@hybrid-orchestrator/core";
import { exhaustedTexts } from "./texts.js";

/**
 * The policy, checked and complete. `name` is what the error calls it.
 * @throws OrchestratorError `invalid_configuration` that lists every mistake with its path; a calendar that is not there
 * with the nearest name that is.
 */
export function readPolicy(input: unknown, name: string): EscalationPolicy {
  try {
    return parseWith(escalationPolicySchema, input, {
      name: `escalation policy ${name}`,
      code: "invalid_configuration",
    });
  } catch (error) {
    if (!OrchestratorError.isInstance(error)) throw error;
    const near = nearestCalendars(input, error);
    if (near === "") throw error;
    throw new OrchestratorError(error.code, `${error.message}${near}`, {
      issues: error.issues,
      cause: error,
    });
  }
}

/** For a small team: all of a queue are told, and told again; then the AI goes on and says so. */
export function defaultPolicy(queue = "default"): EscalationPolicy {
  return readPolicy(
    {
      levels: [{ targets: [{ queue }], waitSeconds: 120, urgency: "high" }],
      repeat: { times: 1, fromLevel: 0 },
      onExhausted: { action: "back_to_ai", message: exhaustedTexts.back_to_ai },
    },
    "default",
  );
}

function nearestCalendars(input: unknown, { issues }: OrchestratorError): string {
  const known = Object.keys(asRecord(asRecord(input).calendars));
  return issues
    .map(({ path }) => path.reduce<unknown>((value, key) => asRecord(value)[key], input))
    .map((value, index) =>
      typeof value === "string" && issues[index]?.message.startsWith("names the calendar ")
        ? suggestName(value, known)
        : "",
    )
    .join("");
}

function asRecord(value: unknown): Record<string | number, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string | number, unknown>) : {};
}
