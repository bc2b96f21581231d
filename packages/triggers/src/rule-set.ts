import {
  type Activity,
  type Blocker,
  type Checkpoint,
  type ConditionFunction,
  type Firing,
  type JsonObject,
  OrchestratorError,
  type Session,
  type Trigger,
  type TriggerCounter,
} from "@hybrid-orchestrator/core";
import { compileRule, type Rule } from "./compile.js";
import { createDispatch, type Dispatch } from "./dispatch.js";
import type { Explanation } from "./explain.js";
import { hashRules } from "./hash.js";
import { restoreTrackers } from "./restore.js";

export interface RuleSetOptions {
  /** Conditions that triggers name with `{ type: "custom", evaluate: NAME }`. */
  readonly conditions?: Readonly<Record<string, ConditionFunction>>;
  /** How often all triggers together may fire in one session; null or absent: any number. */
  readonly maxFiresPerSession?: number | null;
}

/** Triggers that were checked and made ready. Holds no session's state; one serves all sessions. */
export interface RuleSet {
  /** By priority, the lower first, then by name. */
  readonly triggers: readonly Trigger[];
  /** Stands for all definitions and the cap, functions by their source text. */
  readonly hash: string;
  /** How many of the newest activities {@link Trackers.evaluate} must be given. */
  readonly needsRecent: number;
  /** The trackers of one session: a checkpoint and what came after it, or the whole log and all firings. */
  restore(source: TrackerSource): Trackers;
}

export interface TrackerSource {
  readonly session: Session;
  readonly counters: Readonly<Record<string, TriggerCounter>>;
  readonly checkpoint: Checkpoint | null;
  readonly activities: readonly Activity[];
  readonly firings: readonly Firing[];
}

/** One session's state, owned and altered by the caller. */
export interface Trackers {
  /** Takes in one log entry. Fires nothing; {@link Trackers.evaluate} follows. */
  apply(activity: Activity): void;
  /**
   * What fires at this moment, in order of priority, then name; counts it and uses up what it rests on. With an
   * activity: right after that was applied; without: at a due moment, or for a condition that answered late.
   */
  evaluate(session: Session, moment: EvaluationMoment): Evaluation;
  /** The first moment after `evaluatedAt` at which something may fire by time alone, or null. Never too late. */
  nextDueAt(session: Session, evaluatedAt: number): number | null;
  counters(): Record<string, TriggerCounter>;
  /** For a checkpoint: restores to trackers that behave the same. */
  toJSON(): JsonObject;
  /** A rough estimate, for a cache. */
  sizeBytes(): number;
  /** @throws OrchestratorError `unknown_name` */
  explain(session: Session, trigger: string, now: number): Explanation;
}

export interface EvaluationMoment {
  readonly at: number;
  readonly now: number;
  readonly activity: Activity | null;
  /** The newest activities, this one included; as many as {@link RuleSet.needsRecent}. */
  readonly recent: readonly Activity[];
  /** A custom condition that answered late; only its trigger is evaluated. */
  readonly settled?: { readonly trigger: string; readonly leaf: number; readonly holds: boolean };
}

export interface Evaluation {
  readonly matches: readonly Match[];
  /** Whether a firing used up what trackers held, so that a checkpoint must be written with it. */
  readonly consumed: boolean;
  readonly errors: readonly { readonly trigger: string; readonly error: string }[];
  /** Conditions that gave a promise; hand in what it says as `settled`. */
  readonly pending: readonly {
    readonly trigger: string;
    readonly leaf: number;
    readonly promise: Promise<boolean>;
  }[];
}

export interface Match {
  readonly trigger: Trigger;
  readonly ordinal: number;
  readonly reason: string;
  readonly mode: "live" | "shadow" | "holdout";
  readonly arm: "treatment" | "control";
  readonly blocker: Blocker | null;
}

/** What trackers share of their rule set. */
export interface CompiledRules {
  readonly rules: readonly Rule[];
  readonly timed: readonly Rule[];
  readonly lookingAtEveryEntry: readonly Rule[];
  readonly withWindows: readonly Rule[];
  readonly dispatch: Dispatch;
  readonly watchesFields: boolean;
  readonly hasFunctionFilter: boolean;
  readonly maxFiresPerSession: number;
  readonly hash: string;
}

/**
 * Checks nothing that {@link parseTrigger} checks; takes what that gives.
 *
 * @throws OrchestratorError `duplicate_name`; `unknown_name` for a condition that nobody registered.
 */
export function createRuleSet(triggers: readonly Trigger[], options: RuleSetOptions = {}): RuleSet {
  const { conditions = {}, maxFiresPerSession = null } = options;
  const sorted = [...triggers].sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : 1));
  requireUniqueNames(sorted);
  const rules = sorted.map((trigger, index) => compileRule(trigger, index, conditions));
  const hash = hashRules(rules, maxFiresPerSession);
  const dispatch = createDispatch(rules);
  const compiled: CompiledRules = {
    rules,
    timed: rules.filter(({ timed }) => timed),
    lookingAtEveryEntry: rules.filter(({ looksAtEveryEntry }) => looksAtEveryEntry),
    withWindows: rules.filter(({ hasWindow }) => hasWindow),
    dispatch,
    watchesFields: !dispatch.byField.isEmpty,
    hasFunctionFilter: sorted.some(({ filter }) => typeof filter === "function"),
    maxFiresPerSession: maxFiresPerSession ?? Number.POSITIVE_INFINITY,
    hash,
  };
  return {
    triggers: sorted,
    hash,
    needsRecent: rules.some(({ hasCustom }) => hasCustom) ? 50 : 0,
    restore: (source) => restoreTrackers(compiled, source),
  };
}

function requireUniqueNames(triggers: readonly Trigger[]): void {
  const seen = new Set<string>();
  for (const { name } of triggers) {
    if (seen.has(name)) {
      throw new OrchestratorError("duplicate_name", `Two triggers are named ${name}. Rename or remove one.`);
    }
    seen.add(name);
  }
}
