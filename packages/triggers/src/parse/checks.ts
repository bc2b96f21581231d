import type { Condition, Issue, Trigger } from "@hybrid-orchestrator/core";
import type { Path } from "./issues.js";

/** Mistakes that only show when a trigger is looked at as a whole: rules that cannot fire, or could without end. */
export function checkMeaning(trigger: Trigger): Issue[] {
  const issues: Issue[] = [];
  const leaves = leavesOf(trigger.condition, ["condition"]);
  for (const { condition, path } of leaves) {
    if (condition.type === "time_in_status" && condition.status === "paused") {
      issues.push({ path: [...path, "status"], message: "cannot be paused: a paused session fires nothing" });
    }
    if (condition.type === "sequence" && condition.steps.every(({ optional }) => optional)) {
      issues.push({ path: [...path, "steps"], message: "must have a step that is not optional" });
    }
  }
  const waitsForStatus = leaves.some(({ condition }) => condition.type === "status_changed");
  if (trigger.status?.every((status) => status === "paused") && !waitsForStatus) {
    issues.push({
      path: ["status"],
      message: "must name another status than paused: a paused session fires nothing",
    });
  }
  if (trigger.cooldownSeconds === 0 && trigger.maxFires > 1 && endures(trigger.condition)) {
    const message = "must be more than 0, because the condition goes on holding after it has fired";
    issues.push({ path: ["cooldownSeconds"], message });
  }
  return issues;
}

/** Whether the condition may hold right after it has fired, with no new entry: it would fire again at once, and again. */
function endures(condition: Condition): boolean {
  switch (condition.type) {
    case "all":
      return condition.conditions.every(endures);
    case "any":
      return condition.conditions.some(endures);
    case "not":
    case "no_activity":
    case "no_progress":
    case "time_in_status":
    case "metadata":
      return true;
    case "custom":
      return condition.everySeconds !== undefined;
    default:
      return false;
  }
}

function leavesOf(condition: Condition, path: Path): { condition: Condition; path: Path }[] {
  switch (condition.type) {
    case "all":
    case "any":
      return condition.conditions.flatMap((part, index) => leavesOf(part, [...path, "conditions", index]));
    case "not":
      return leavesOf(condition.condition, [...path, "condition"]);
    default:
      return [{ condition, path }];
  }
}
