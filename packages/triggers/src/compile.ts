import type {
  Condition,
  ConditionFunction,
  LeafCondition,
  SessionStatus,
  Trigger,
} from "@hybrid-orchestrator/core";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { compileLeaf } from "./conditions/index.js";
import type { Leaf } from "./conditions/leaf.js";
import { compileFilter, type Filter } from "./filter.js";
import type { Node } from "./truth.js";
import { toMs } from "./words.js";

/** A trigger made ready: everything that does not depend on a session. */
export interface Rule {
  /** Its place in the order in which triggers fire. */
  readonly index: number;
  readonly trigger: Trigger;
  readonly root: Node;
  readonly leaves: readonly Leaf[];
  /** What each leaf was made of. */
  readonly conditions: readonly LeafCondition[];
  /** Places of leaves that stand outside of every `not`: a firing uses up what they found. */
  readonly positive: readonly number[];
  /** Of those, the ones that wait for a change of status. */
  readonly statusChanges: readonly number[];
  readonly cooldownMs: number;
  /** Statuses in which it may fire; null: any. */
  readonly statuses: readonly SessionStatus[] | null;
  readonly filter: Filter;
  /** Whether time alone can make it fire. */
  readonly timed: boolean;
  /** Whether an entry that it does not wait for can make it fire. */
  readonly looksAtEveryEntry: boolean;
  readonly hasWindow: boolean;
  readonly hasCustom: boolean;
}

export type NamedConditions = Readonly<Record<string, ConditionFunction>>;

export function compileRule(trigger: Trigger, index: number, conditions: NamedConditions): Rule {
  const leaves: Leaf[] = [];
  const leafConditions: LeafCondition[] = [];
  const positive: number[] = [];
  const statusChanges: number[] = [];
  let hasNot = false;
  let watchesStatus = false;

  function compileNode(condition: Condition, inNot: boolean): Node {
    switch (condition.type) {
      case "all":
      case "any": {
        const nodes = condition.conditions.map((part) => compileNode(part, inNot));
        // What costs most to ask is asked last, and not at all where the rest has settled it.
        return {
          type: condition.type,
          nodes: [...nodes.filter((node) => !asks(node)), ...nodes.filter(asks)],
        };
      }
      case "not":
        hasNot = true;
        return { type: "not", node: compileNode(condition.condition, true) };
      default: {
        const place = leaves.length;
        const complete = withFunction(condition, trigger, conditions);
        leaves.push(compileLeaf(complete, place));
        leafConditions.push(complete);
        if (!inNot) positive.push(place);
        if (!inNot && condition.type === "status_changed") statusChanges.push(place);
        if (condition.type === "status_changed" || condition.type === "time_in_status") watchesStatus = true;
        return { type: "leaf", index: place };
      }
    }
  }
  const asks = (node: Node): boolean => {
    if (node.type === "leaf") return leaves[node.index]?.nature === "asked";
    return node.type === "not" ? asks(node.node) : node.nodes.some(asks);
  };

  const root = compileNode(trigger.condition, false);
  const has = (...natures: Leaf["nature"][]) => leaves.some(({ nature }) => natures.includes(nature));
  const hasFunctionFilter = typeof trigger.filter === "function";
  return {
    index,
    trigger,
    root,
    leaves,
    conditions: leafConditions,
    positive,
    statusChanges,
    cooldownMs: toMs(trigger.cooldownSeconds),
    statuses: trigger.status ?? (watchesStatus ? null : ["active"]),
    filter: compileFilter(trigger.filter),
    timed: hasNot || has("window", "state") || leafConditions.some(hasTicks),
    looksAtEveryEntry: hasNot || hasFunctionFilter || has("asked"),
    hasWindow: has("window"),
    hasCustom: has("asked"),
  };
}

function hasTicks(condition: LeafCondition): boolean {
  return condition.type === "custom" && condition.everySeconds !== undefined;
}

/** A custom condition by its function instead of its name. */
function withFunction(
  condition: LeafCondition,
  trigger: Trigger,
  conditions: NamedConditions,
): LeafCondition {
  if (condition.type !== "custom" || typeof condition.evaluate === "function") return condition;
  const known = Object.keys(conditions);
  const evaluate = Object.hasOwn(conditions, condition.evaluate) ? conditions[condition.evaluate] : undefined;
  if (evaluate !== undefined) return { ...condition, evaluate };
  throw new OrchestratorError(
    "unknown_name",
    `Trigger ${trigger.name} names the condition ${condition.evaluate}, which nobody registered. Known: ${known.join(", ") || "none"}.`,
  );
}
