import {
  type Activity,
  type Actor,
  type Checkpoint,
  type Firing,
  isOpen,
  type JsonObject,
  type Session,
  type SessionStatus,
  statusTransitions,
  type Trigger,
} from "@hybrid-orchestrator/core";
import type { Evaluation, Match, RuleSet, Trackers } from "../src/index.js";
import { NaiveRules } from "./naive.js";

/** One thing that happens to a session, after a while. */
export type Input =
  | {
      readonly kind: "activity";
      readonly after: number;
      readonly type: string;
      readonly actor: Actor;
      readonly data: JsonObject;
      readonly late: number;
    }
  | { readonly kind: "status"; readonly after: number; readonly to: SessionStatus }
  | { readonly kind: "metadata"; readonly after: number; readonly patch: JsonObject }
  | { readonly kind: "tick"; readonly after: number };

/** What the shell does before an input: nothing, or make the trackers anew in one of three ways. */
export type Upset = "none" | "roundTrip" | "checkpoint" | "rebuild";

export const createdAt = 1_000_000;

export function newSession(fields: Partial<Session> = {}): Session {
  return {
    id: "session-1",
    externalId: null,
    workflow: "default",
    status: "active",
    recipient: null,
    metadata: {},
    summary: null,
    owner: { kind: "nobody" },
    ownershipEpoch: 0,
    createdAt,
    updatedAt: createdAt,
    lastActivityAt: { user: null, ai: null, human: null, system: null },
    expiresAt: null,
    revision: 1,
    version: 1,
    ...fields,
  };
}

/** Whoever decides what fires: the engine, or the naive recomputation. */
export interface Subject {
  /** The next moment to look at, after this one. */
  nextMoment(session: Session, evaluatedAt: number): number | null;
  apply(activity: Activity): void;
  evaluate(look: {
    session: Session;
    at: number;
    activity: Activity | null;
    log: readonly Activity[];
  }): readonly string[];
  /** Before an input. */
  upset?(kind: Upset, session: Session, log: readonly Activity[]): void;
}

/** One session, driven as the orchestrator drives it: time first, one entry after the other, status actions at once. */
export class World {
  session: Session;
  evaluatedAt: number;
  readonly log: Activity[] = [];
  #now: number;

  constructor(
    private readonly subject: Subject,
    private readonly triggers: readonly Trigger[],
    session = newSession(),
  ) {
    this.session = session;
    this.evaluatedAt = session.createdAt;
    this.#now = session.createdAt;
  }

  take(input: Input, upset: Upset = "none"): void {
    this.subject.upset?.(upset, this.session, this.log);
    this.#now += input.after;
    if (input.kind === "activity") {
      const occurredAt = this.#now - input.late;
      this.advanceTo(Math.max(occurredAt, this.evaluatedAt));
      if (isOpen(this.session.status)) this.append({ ...input, occurredAt });
    } else {
      this.advanceTo(this.#now);
      if (input.kind === "status") this.setStatus(input.to);
      if (input.kind === "metadata" && isOpen(this.session.status)) this.setMetadata(input.patch);
    }
    this.advanceTo(this.#now);
  }

  advanceTo(to: number): void {
    for (;;) {
      const next = this.subject.nextMoment(this.session, this.evaluatedAt);
      if (next === null || next > to) break;
      if (next <= this.evaluatedAt)
        throw new Error(`next moment ${next} is not later than ${this.evaluatedAt}`);
      this.evaluatedAt = next;
      this.#evaluate(null);
    }
    this.evaluatedAt = Math.max(this.evaluatedAt, to);
  }

  append(entry: Pick<Activity, "type" | "actor" | "data" | "occurredAt">): void {
    const seq = this.log.length + 1;
    const { type, actor, data, occurredAt } = entry;
    const at = this.evaluatedAt;
    const activity: Activity = {
      id: `a${seq}`,
      seq,
      type,
      actor,
      channel: null,
      data,
      occurredAt,
      effectiveAt: at,
      createdAt: this.#now,
    };
    const lastActivityAt = {
      ...this.session.lastActivityAt,
      [actor]: Math.max(occurredAt, this.session.lastActivityAt[actor] ?? occurredAt),
    };
    this.session = { ...this.session, lastActivityAt };
    this.log.push(activity);
    this.subject.apply(activity);
    this.#evaluate(activity);
  }

  setStatus(to: SessionStatus): void {
    const from = this.session.status;
    if (!statusTransitions[from].includes(to)) return;
    this.session = { ...this.session, status: to, revision: this.session.revision + 1 };
    this.append({
      type: "session.status_changed",
      actor: "system",
      data: { from, to },
      occurredAt: this.evaluatedAt,
    });
  }

  setMetadata(patch: JsonObject): void {
    const metadata = Object.fromEntries(
      Object.entries({ ...this.session.metadata, ...patch }).filter(([, value]) => value !== null),
    );
    this.session = { ...this.session, metadata, revision: this.session.revision + 1 };
    this.append({
      type: "session.metadata_changed",
      actor: "system",
      data: { patch },
      occurredAt: this.evaluatedAt,
    });
  }

  #evaluate(activity: Activity | null): void {
    const fired = this.subject.evaluate({
      session: this.session,
      at: this.evaluatedAt,
      activity,
      log: this.log,
    });
    for (const name of fired) {
      const action = this.triggers.find((trigger) => trigger.name === name)?.action;
      if (action !== undefined && !Array.isArray(action) && action.type === "set_status")
        this.setStatus(action.status);
    }
  }
}

export interface Fired extends Pick<Match, "ordinal" | "reason" | "blocker" | "mode" | "arm"> {
  readonly trigger: string;
  readonly at: number;
  readonly seq: number;
}

/** The engine, used as the orchestrator uses it, with what the storage would keep. */
export class EngineSubject implements Subject {
  readonly fired: Fired[] = [];
  readonly errors: Evaluation["errors"][number][] = [];
  readonly pending: Evaluation["pending"][number][] = [];
  /** Due moments at which nothing fired. */
  idle = 0;
  trackers: Trackers;
  #checkpoint: Checkpoint | null = null;
  #wanted = false;
  readonly #firings: Firing[] = [];

  constructor(
    private readonly rules: RuleSet,
    session = newSession(),
  ) {
    this.trackers = rules.restore({ session, counters: {}, checkpoint: null, activities: [], firings: [] });
  }

  nextMoment(session: Session, evaluatedAt: number): number | null {
    return this.trackers.nextDueAt(session, evaluatedAt);
  }

  apply(activity: Activity): void {
    this.trackers.apply(activity);
  }

  evaluate({ session, at, activity, log }: Parameters<Subject["evaluate"]>[0]): string[] {
    const recent = this.rules.needsRecent > 0 ? log.slice(-this.rules.needsRecent) : [];
    const evaluation = this.trackers.evaluate(session, { at, now: at, activity, recent });
    this.errors.push(...evaluation.errors);
    this.pending.push(...evaluation.pending);
    if (evaluation.consumed) this.#wanted = true;
    if (activity === null && evaluation.matches.length === 0) this.idle += 1;
    for (const match of evaluation.matches) this.#record(match, session, at, log.length);
    return evaluation.matches.map(({ trigger }) => trigger.name);
  }

  upset(kind: Upset, session: Session, log: readonly Activity[]): void {
    const counters = JSON.parse(JSON.stringify(this.trackers.counters()));
    const now = (): Checkpoint => ({
      seq: log.length,
      rulesHash: this.rules.hash,
      state: JSON.parse(JSON.stringify(this.trackers.toJSON())),
    });
    if (this.#wanted) this.#checkpoint = now();
    this.#wanted = false;
    if (kind === "none") return;
    if (kind === "roundTrip") this.#checkpoint = now();
    const checkpoint = kind === "rebuild" ? null : this.#checkpoint;
    this.trackers = this.rules.restore({
      session,
      counters,
      checkpoint,
      activities: log.filter(({ seq }) => seq > (checkpoint?.seq ?? 0)),
      firings: checkpoint === null ? this.#firings : [],
    });
  }

  #record({ trigger, ...match }: Match, session: Session, at: number, seq: number): void {
    this.fired.push({ trigger: trigger.name, at, seq, ...match });
    this.#firings.push({
      id: `f${this.#firings.length}`,
      sessionId: session.id,
      trigger: trigger.name,
      firedAt: at,
      decidedAt: at,
      seq,
      status: session.status,
      ...match,
    });
  }
}

/** Every millisecond is a moment. */
export class NaiveSubject implements Subject {
  readonly rules: NaiveRules;

  constructor(triggers: readonly Trigger[], cap: number | null) {
    this.rules = new NaiveRules(triggers, cap);
  }

  nextMoment(_session: Session, evaluatedAt: number): number {
    return evaluatedAt + 1;
  }

  apply(): void {}

  evaluate(look: Parameters<Subject["evaluate"]>[0]): string[] {
    return this.rules.evaluate(look).map(({ trigger }) => trigger);
  }
}
