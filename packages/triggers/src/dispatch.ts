import type { Rule } from "./compile.js";
import { PatternIndex } from "./pattern-index.js";

/** One leaf of one trigger, by their places. */
export interface LeafRef {
  readonly rule: number;
  readonly leaf: number;
}

/** Finds the conditions that must see a log entry, so that it costs nothing for all the others. */
export interface Dispatch {
  readonly byType: PatternIndex<LeafRef>;
  readonly byField: PatternIndex<LeafRef>;
  readonly byData: readonly { readonly key: string; readonly refs: readonly LeafRef[] }[];
}

export function createDispatch(rules: readonly Rule[]): Dispatch {
  const byType = new PatternIndex<LeafRef>();
  const byField = new PatternIndex<LeafRef>();
  const byData = new Map<string, LeafRef[]>();
  for (const rule of rules) {
    rule.leaves.forEach((leaf, place) => {
      const ref = { rule: rule.index, leaf: place };
      for (const interest of leaf.interests) {
        if (interest.on === "type") byType.add(interest.glob, ref);
        else if (interest.on === "field") byField.add(interest.glob, ref);
        else byData.set(interest.key, [...(byData.get(interest.key) ?? []), ref]);
      }
    });
  }
  return { byType, byField, byData: [...byData].map(([key, refs]) => ({ key, refs })) };
}
