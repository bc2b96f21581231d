import type { SessionStatus } from "@hybrid-orchestrator/core";
import type { Rule } from "./compile.js";
import type { Moment } from "./conditions/leaf.js";
import type { TriggerState } from "./trigger-state.js";

/** What keeps a trigger from firing although its condition holds. */
export type Limit = "max_fires" | "session_cap" | "cooldown" | "paused" | "status";

/** The limit that forbids firing at that moment, or null. The trigger's filter is asked apart, since it may throw. */
export function limitAt(state: TriggerState, moment: Moment, capReached: boolean): Limit | null {
  return (
    lastingLimit(state, capReached) ??
    (moment.at < cooldownEnd(state) ? "cooldown" : null) ??
    statusLimit(state.rule, moment.session.status, isOwnPause(state, moment))
  );
}

/** A limit that no passing of time lifts, or null. */
export function lastingLimit(state: TriggerState, capReached: boolean): Limit | null {
  if (state.fires >= state.rule.trigger.maxFires) return "max_fires";
  return capReached && countsForCap(state.rule) ? "session_cap" : null;
}

/** The first moment at which the cooldown allows firing. */
export function cooldownEnd({ rule, lastFiredAt }: TriggerState): number {
  return lastFiredAt === null ? Number.NEGATIVE_INFINITY : lastFiredAt + rule.cooldownMs;
}

export function statusLimit(rule: Rule, status: SessionStatus, isOwnPause: boolean): Limit | null {
  if (status === "paused" && !isOwnPause) return "paused";
  return rule.statuses === null || rule.statuses.includes(status) ? null : "status";
}

/** Shadow firings change nothing, so they use up nothing that others share. */
export function countsForCap({ trigger }: Rule): boolean {
  return trigger.mode !== "shadow";
}

/** A paused session fires nothing, but the very entry that paused it is what a condition on the status waits for. */
function isOwnPause({ rule, leaves }: TriggerState, moment: Moment): boolean {
  return rule.statusChanges.some((place) => leaves[place]?.holds(moment) === true);
}
