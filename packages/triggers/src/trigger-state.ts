import type { Rule } from "./compile.js";
import type { LeafTracker } from "./conditions/leaf.js";

/** What one trigger has come to in one session. */
export interface TriggerState {
  readonly rule: Rule;
  readonly leaves: readonly LeafTracker[];
  fires: number;
  lastFiredAt: number | null;
  /** Whether an entry that was applied may have made it hold. */
  touched: boolean;
}

export function startTrigger(rule: Rule): TriggerState {
  return {
    rule,
    leaves: rule.leaves.map((leaf) => leaf.start()),
    fires: 0,
    lastFiredAt: null,
    touched: false,
  };
}
