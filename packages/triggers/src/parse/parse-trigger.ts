import { type Issue, type Trigger, triggerSchema } from "@hybrid-orchestrator/core";
import { isObject } from "../json-tools.js";
import { checkMeaning } from "./checks.js";
import { type Given, refuse, tellIssues } from "./issues.js";

// Deeper than any rule that a person can read, and far from where recursion fails.
const maxDepth = 16;

/**
 * A trigger definition, checked and completed with its defaults.
 *
 * @throws OrchestratorError `invalid_trigger`; its `issues` name every mistake with its path.
 */
export function parseTrigger(input: unknown): Trigger {
  const result = checkTrigger({ value: input, older: false });
  return result.ok ? result.trigger : refuse(result.issues);
}

export type Checked =
  | { readonly ok: true; readonly trigger: Trigger }
  | { readonly ok: false; readonly issues: readonly Issue[] };

export function checkTrigger(given: Given): Checked {
  const { value: input } = given;
  if (isObject(input) && isTooDeep(input.condition, maxDepth)) {
    return {
      ok: false,
      issues: [{ path: ["condition"], message: `is nested more than ${maxDepth} levels deep` }],
    };
  }
  const result = triggerSchema.safeParse(input);
  if (!result.success) return { ok: false, issues: tellIssues(result.error, given) };
  const issues = checkMeaning(result.data);
  return issues.length > 0 ? { ok: false, issues } : { ok: true, trigger: result.data };
}

function isTooDeep(condition: unknown, levels: number): boolean {
  if (!isObject(condition)) return false;
  if (levels === 0) return true;
  const parts: unknown = condition.conditions;
  if (Array.isArray(parts) && parts.some((part) => isTooDeep(part, levels - 1))) return true;
  return isTooDeep(condition.condition, levels - 1);
}
