import type { Session } from "@hybrid-orchestrator/core";
import { lookAhead, nextFiringAt, truthAt } from "./due.js";
import { cooldownEnd, type Limit, lastingLimit, limitAt } from "./limits.js";
import { define } from "./reason.js";
import type { TriggerState } from "./trigger-state.js";
import { count, instant, list, span } from "./words.js";

/** Why a trigger fired or did not. */
export interface Explanation {
  readonly trigger: string;
  /** How often it has fired in this session. */
  readonly fires: number;
  /** Whether its condition holds by time alone, that is, without a new entry of the log. */
  readonly holds: boolean;
  /** Whether it would fire now. */
  readonly wouldFire: boolean;
  readonly text: string;
}

export interface View {
  readonly session: Session;
  readonly now: number;
  readonly capReached: boolean;
}

export function explain(state: TriggerState, view: View): Explanation {
  const { name } = state.rule.trigger;
  const holds = truthAt(state, view.session, view.now) === true;
  const obstacles = tellObstacles(state, view);
  const text = [
    `Trigger ${name}${tellMode(state)} has ${tellFirings(state)}.`,
    `Its condition ${holds ? "holds" : "does not hold"}: ${define(state.rule.root, state)}.`,
    ...tellLeaves(state, view),
    ...tellLostMatches(state),
    ...obstacles,
    tellOutlook(state, view, holds && obstacles.length === 0),
  ];
  return {
    trigger: name,
    fires: state.fires,
    holds,
    wouldFire: holds && obstacles.length === 0,
    text: text.join("\n"),
  };
}

function tellMode({ rule }: TriggerState): string {
  const { mode } = rule.trigger;
  if (mode === "live") return "";
  return mode === "shadow"
    ? " (shadow: recorded only)"
    : ` (held out for ${mode.holdout * 100} % of recipients)`;
}

function tellFirings({ rule, fires, lastFiredAt }: TriggerState): string {
  const last = lastFiredAt === null ? "" : `, last at ${instant(lastFiredAt)}`;
  return `fired ${fires} of at most ${count(rule.trigger.maxFires, "time")}${last}`;
}

function tellLeaves({ rule, leaves }: TriggerState, { session, now }: View): string[] {
  const moment = lookAhead(session, now);
  return leaves.map((leaf, place) => `- ${rule.leaves[place]?.text}: ${leaf.describe(moment)}.`);
}

/** What holds for an instant only, while the trigger may not fire, does not come back. */
function tellLostMatches({ rule, lastFiredAt }: TriggerState): string[] {
  const momentary = rule.leaves.some(({ nature }) => nature === "momentary");
  if (!momentary || lastFiredAt === null || rule.cooldownMs === 0) return [];
  const from = instant(lastFiredAt);
  const until = instant(lastFiredAt + rule.cooldownMs);
  return [`What holds at one instant only and was seen in its cooldown, from ${from} to ${until}, is gone.`];
}

function tellObstacles(state: TriggerState, { session, now, capReached }: View): string[] {
  const limit = limitAt(state, lookAhead(session, now), capReached);
  const texts = limit === null ? [] : [tellLimit(limit, state, session, now)];
  try {
    if (!state.rule.filter(session)) texts.push("Its filter does not let this session pass.");
  } catch {
    texts.push("Its filter fails for this session, which counts as not passing.");
  }
  return texts;
}

function tellLimit(limit: Limit, state: TriggerState, session: Session, now: number): string {
  const { rule } = state;
  switch (limit) {
    case "max_fires":
      return `It fires at most ${count(rule.trigger.maxFires, "time")} in a session.`;
    case "session_cap":
      return "All triggers together have fired as often as one session allows.";
    case "cooldown":
      return `Its cooldown of ${span(rule.cooldownMs)} lasts until ${instant(cooldownEnd(state))}, ${span(cooldownEnd(state) - now)} more.`;
    case "paused":
      return "The session is paused, and a paused session fires nothing.";
    case "status":
      return `The session is ${session.status}; it fires in sessions that are ${list(rule.statuses ?? [], "or")}.`;
  }
}

function tellOutlook(state: TriggerState, { session, now, capReached }: View, fires: boolean): string {
  if (fires) return "It fires now.";
  if (lastingLimit(state, capReached) !== null) return "It does not fire again in this session.";
  const at = nextFiringAt(state, { session, evaluatedAt: now, capReached });
  if (at === null) return "It does not fire now, nor later by time alone.";
  const asked =
    truthAt(state, session, at) === undefined ? " at the earliest, if its own condition says so" : "";
  return `If nothing else happens, it fires at ${instant(at)}${asked}, in ${span(at - now)}.`;
}
