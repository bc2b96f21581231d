import {
  type Activity,
  errorMessage,
  type Firing,
  type Json,
  type JsonObject,
  logEntry,
  OrchestratorError,
  type Session,
  type TriggerCounter,
} from "@hybrid-orchestrator/core";
import { Asking } from "./asking.js";
import { FieldValues } from "./conditions/fields.js";
import type { Entry, Moment } from "./conditions/leaf.js";
import type { LeafRef } from "./dispatch.js";
import { nextFiringAt } from "./due.js";
import { type Explanation, explain } from "./explain.js";
import { countsForCap, limitAt } from "./limits.js";
import { armOf } from "./mode.js";
import { reasonFor } from "./reason.js";
import type { CompiledRules, Evaluation, EvaluationMoment, Match, Trackers } from "./rule-set.js";
import { startTrigger, type TriggerState } from "./trigger-state.js";
import { truthOf } from "./truth.js";

interface Findings {
  readonly matches: Match[];
  consumed: boolean;
  readonly errors: { trigger: string; error: string }[];
  readonly pending: { trigger: string; leaf: number; promise: Promise<boolean> }[];
}

const nothing: Evaluation = { matches: [], consumed: false, errors: [], pending: [] };

/** The trackers of one session. */
export class SessionTrackers implements Trackers {
  readonly #rules: CompiledRules;
  /** In order of priority, then name. */
  readonly #states: readonly TriggerState[];
  readonly #timed: readonly TriggerState[];
  readonly #fields = new FieldValues();
  /** Of triggers that are no longer defined. */
  readonly #otherCounters: Readonly<Record<string, TriggerCounter>>;
  #capUsed = 0;
  #touched: TriggerState[] = [];
  #allTouched = true;
  /** Whether the last entry was late; unknown, hence true, at the start. */
  #windowsMoved = true;
  /** What {@link nextDueAt} found, until an entry or an evaluation comes. */
  #dueAt: number | null = null;
  #dueIsKnown = false;

  constructor(rules: CompiledRules, counters: Readonly<Record<string, TriggerCounter>>) {
    this.#rules = rules;
    this.#states = rules.rules.map(startTrigger);
    this.#timed = this.#states.filter(({ rule }) => rule.timed);
    const others = new Map(Object.entries(counters));
    for (const state of this.#states) {
      const counter = others.get(state.rule.trigger.name);
      if (counter === undefined) continue;
      others.delete(state.rule.trigger.name);
      state.fires = counter.fires;
      state.lastFiredAt = counter.lastFiredAt;
      if (countsForCap(state.rule)) this.#capUsed += counter.fires;
    }
    for (const { fires } of others.values()) this.#capUsed += fires;
    this.#otherCounters = Object.fromEntries(others);
  }

  apply(activity: Activity): void {
    this.#dueIsKnown = false;
    const { dispatch, watchesFields, lookingAtEveryEntry, withWindows } = this.#rules;
    const change = watchesFields ? this.#fields.see(activity) : null;
    const entry: Entry = { activity, change };
    this.#applyTo(dispatch.byType.find(activity.type), entry);
    if (change !== null) this.#applyTo(dispatch.byField.find(change.field), entry);
    for (const { key, refs } of dispatch.byData)
      if (Object.hasOwn(activity.data, key)) this.#applyTo(refs, entry);

    for (const { index } of lookingAtEveryEntry) this.#touch(this.#states[index] as TriggerState);
    // A late entry moves the end of all windows into the past, and the entry after it back to the present.
    const isLate = activity.occurredAt !== activity.effectiveAt;
    if (isLate || this.#windowsMoved) {
      for (const { index } of withWindows) this.#touch(this.#states[index] as TriggerState);
    }
    this.#windowsMoved = isLate;
    // Status and metadata decide which triggers may fire at all.
    if (activity.type === logEntry.statusChanged || activity.type === logEntry.metadataChanged)
      this.#allTouched = true;
  }

  evaluate(session: Session, { at, now, activity, recent, settled }: EvaluationMoment): Evaluation {
    this.#dueIsKnown = false;
    const candidates = settled === undefined ? this.#candidates(activity) : this.#named(settled.trigger);
    if (candidates.length === 0) return nothing;
    const findings: Findings = { matches: [], consumed: false, errors: [], pending: [] };
    const windowEnd = activity === null ? at : activity.occurredAt;
    const moment: Moment = {
      at,
      now,
      activity,
      recent,
      session,
      windowEnd,
      ask: null,
      settled: settled ?? null,
    };
    for (const state of candidates) this.#tryToFire(state, moment, findings);
    return findings;
  }

  nextDueAt(session: Session, evaluatedAt: number): number | null {
    if (this.#dueIsKnown && (this.#dueAt === null || this.#dueAt > evaluatedAt)) return this.#dueAt;
    let earliest: number | null = null;
    for (const state of this.#timed) {
      const due = nextFiringAt(state, { session, evaluatedAt, capReached: this.#capReached() });
      if (due !== null && (earliest === null || due < earliest)) earliest = due;
    }
    // A function may look at anything in the session, also at what changes without an entry in the log.
    this.#dueAt = earliest;
    this.#dueIsKnown = !this.#rules.hasFunctionFilter;
    return earliest;
  }

  counters(): Record<string, TriggerCounter> {
    const counters = new Map(Object.entries(this.#otherCounters));
    for (const { rule, fires, lastFiredAt } of this.#states) {
      if (lastFiredAt !== null) counters.set(rule.trigger.name, { fires, lastFiredAt });
    }
    return Object.fromEntries(counters);
  }

  toJSON(): JsonObject {
    const triggers = this.#states.map(({ rule, leaves }): [string, Json] => [
      rule.trigger.name,
      leaves.map((leaf) => leaf.save()),
    ]);
    const kept = triggers.filter(([, leaves]) => (leaves as readonly Json[]).some((state) => state !== null));
    return { fields: this.#fields.save(), triggers: kept };
  }

  /** What {@link toJSON} gave, under the same rules. */
  load(saved: JsonObject): void {
    const { fields, triggers } = saved as {
      readonly fields: Json;
      readonly triggers: readonly [string, readonly Json[]][];
    };
    this.#fields.load(fields);
    const states = new Map(this.#states.map((state) => [state.rule.trigger.name, state]));
    for (const [name, leaves] of triggers) {
      leaves.forEach((leaf, place) => {
        if (leaf !== null) states.get(name)?.leaves[place]?.load(leaf);
      });
    }
  }

  /** Uses up what a recorded firing rested on, as {@link evaluate} did when it fired. */
  replayFiring(firing: Firing, session: Session, activity: Activity): void {
    const [state] = this.#named(firing.trigger);
    if (state === undefined) return;
    const at = firing.firedAt;
    // The entry before the firing was its moment, unless time had passed since.
    const own = at === activity.effectiveAt ? activity : null;
    const windowEnd = own?.occurredAt ?? at;
    consume(state, { at, now: at, activity: own, recent: [], session, windowEnd, ask: null, settled: null });
  }

  /** After entries that need no evaluation, because that was done when they came. */
  markEvaluated(): void {
    for (const state of this.#touched) state.touched = false;
    this.#touched = [];
    this.#allTouched = false;
  }

  sizeBytes(): number {
    let things = this.#fields.size;
    for (const { leaves } of this.#states) for (const { size } of leaves) things += 1 + size;
    return 500 + 100 * things;
  }

  explain(session: Session, trigger: string, now: number): Explanation {
    const [state] = this.#named(trigger);
    if (state !== undefined) return explain(state, { session, now, capReached: this.#capReached() });
    const known = this.#states.map(({ rule }) => rule.trigger.name).join(", ");
    throw new OrchestratorError("unknown_name", `No trigger is named ${trigger}. Known: ${known || "none"}.`);
  }

  #applyTo(refs: readonly LeafRef[], entry: Entry): void {
    for (const { rule, leaf } of refs) {
      const state = this.#states[rule] as TriggerState;
      if (state.leaves[leaf]?.apply(entry)) this.#touch(state);
    }
  }

  #touch(state: TriggerState): void {
    if (state.touched) return;
    state.touched = true;
    this.#touched.push(state);
  }

  /** Those that an entry may have made fire, or that time may have; all others cannot. */
  #candidates(activity: Activity | null): readonly TriggerState[] {
    const touched = this.#touched;
    const all = this.#allTouched;
    this.markEvaluated();
    if (all) return this.#states;
    if (activity === null) return this.#timed;
    return touched.length > 1 ? touched.sort((a, b) => a.rule.index - b.rule.index) : touched;
  }

  #named(trigger: string): readonly TriggerState[] {
    return this.#states.filter(({ rule }) => rule.trigger.name === trigger);
  }

  #capReached(): boolean {
    return this.#capUsed >= this.#rules.maxFiresPerSession;
  }

  #tryToFire(state: TriggerState, look: Moment, findings: Findings): void {
    const { rule, leaves } = state;
    if (limitAt(state, look, this.#capReached()) !== null) return;
    try {
      if (!rule.filter(look.session)) return;
    } catch (error) {
      findings.errors.push({
        trigger: rule.trigger.name,
        error: `Its filter failed: ${errorMessage(error)}`,
      });
      return;
    }
    if (!rule.hasCustom) {
      if (truthOf(rule.root, leaves, look) === true) this.#fire(state, look, findings);
      return;
    }
    const asking = new Asking(rule, look, findings);
    const moment: Moment = { ...look, ask: (leaf) => asking.ask(leaf) };
    if (truthOf(rule.root, leaves, moment) !== true) return;
    asking.close();
    this.#fire(state, moment, findings);
  }

  #fire(state: TriggerState, moment: Moment, findings: Findings): void {
    const { rule } = state;
    const { reason, blocker } = reasonFor(state, moment);
    state.fires += 1;
    state.lastFiredAt = moment.at;
    if (countsForCap(rule)) this.#capUsed += 1;
    findings.matches.push({
      trigger: rule.trigger,
      ordinal: state.fires,
      reason,
      ...armOf(rule.trigger, moment.session),
      blocker,
    });
    if (consume(state, moment)) findings.consumed = true;
  }
}

function consume({ rule, leaves }: TriggerState, moment: Moment): boolean {
  let consumed = false;
  for (const place of rule.positive) if (leaves[place]?.consume(moment)) consumed = true;
  return consumed;
}
