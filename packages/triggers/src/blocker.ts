import type { Blocker, LeafCondition, Trigger } from "@hybrid-orchestrator/core";

/** What kind of obstacle a condition finds; null where what it finds is none. */
function kindOf(condition: LeafCondition): string | null {
  switch (condition.type) {
    case "no_activity":
      return condition.actors.includes("user") ? "user_inactive" : "stalled";
    case "no_progress":
    case "time_in_status":
      return "stalled";
    case "field_error":
    case "repeated_error":
    case "oscillation":
      return "repeated_failure";
    case "absence_after":
    case "metadata":
      return "dependency";
    default:
      return null;
  }
}

/** The obstacle that a firing points to, by the first of its conditions that held and is one. */
export function blockerOf(
  trigger: Trigger,
  held: readonly LeafCondition[],
  description: string,
): Blocker | null {
  for (const condition of held) {
    const kind = kindOf(condition);
    if (kind !== null) return { kind, severity: trigger.severity, description };
  }
  return null;
}
