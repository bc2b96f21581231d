import type { LeafTracker, Moment, Truth } from "./conditions/leaf.js";

/** A condition as a tree over the places of its leaves. */
export type Node =
  | { readonly type: "leaf"; readonly index: number }
  | { readonly type: "all" | "any"; readonly nodes: readonly Node[] }
  | { readonly type: "not"; readonly node: Node };

/** Whether the whole holds at one moment, in Kleene's logic: what nobody knows decides nothing. */
export function truthOf(node: Node, leaves: readonly LeafTracker[], moment: Moment): Truth {
  switch (node.type) {
    case "leaf":
      return (leaves[node.index] as LeafTracker).holds(moment);
    case "not": {
      const truth = truthOf(node.node, leaves, moment);
      return truth === undefined ? undefined : !truth;
    }
    case "all":
      return combine(node.nodes, { leaves, moment, decisive: false });
    case "any":
      return combine(node.nodes, { leaves, moment, decisive: true });
  }
}

interface Combination {
  readonly leaves: readonly LeafTracker[];
  readonly moment: Moment;
  /** The truth of one part that settles the whole. */
  readonly decisive: boolean;
}

function combine(nodes: readonly Node[], { leaves, moment, decisive }: Combination): Truth {
  let result: Truth = !decisive;
  for (const node of nodes) {
    const truth = truthOf(node, leaves, moment);
    if (truth === decisive) return decisive;
    if (truth === undefined) result = undefined;
  }
  return result;
}
