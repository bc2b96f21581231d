import type { Blocker } from "@hybrid-orchestrator/core";
import { blockerOf } from "./blocker.js";
import type { LeafTracker, Moment } from "./conditions/leaf.js";
import type { TriggerState } from "./trigger-state.js";
import { type Node, truthOf } from "./truth.js";

// A list of 20 conditions, each with long names, is no use to anybody.
const maxLength = 500;

/** Why a trigger fires, in words, and what obstacle that points to. Before the firing uses up what it rests on. */
export function reasonFor(
  state: TriggerState,
  moment: Moment,
): { readonly reason: string; readonly blocker: Blocker | null } {
  const { rule, leaves } = state;
  const text = tell(rule.root, state, moment);
  const reason = text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
  const held = rule.positive.filter((place) => leaves[place]?.holds(moment) === true);
  const conditions = held.flatMap((place) => rule.conditions[place] ?? []);
  return { reason, blocker: blockerOf(rule.trigger, conditions, reason) };
}

function tell(node: Node, state: TriggerState, moment: Moment): string {
  switch (node.type) {
    case "leaf":
      return (state.leaves[node.index] as LeafTracker).describe(moment);
    case "not":
      return `not (${define(node.node, state)})`;
    case "all":
      return node.nodes.map((part) => tell(part, state, moment)).join("; ");
    case "any":
      return node.nodes
        .filter((part) => truthOf(part, state.leaves, moment) === true)
        .map((part) => tell(part, state, moment))
        .join("; ");
  }
}

/** A condition in words, whether it holds or not. */
export function define(node: Node, state: TriggerState): string {
  switch (node.type) {
    case "leaf":
      return state.rule.leaves[node.index]?.text ?? "";
    case "not":
      return `not (${define(node.node, state)})`;
    case "all":
    case "any":
      return node.nodes.map((part) => define(part, state)).join(node.type === "all" ? " and " : " or ");
  }
}
