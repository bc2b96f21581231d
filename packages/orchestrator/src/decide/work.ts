import {
  type Activity,
  type Checkpoint,
  createId,
  type Effect,
  type Escalation,
  type Firing,
  type IdempotencyRecord,
  isOpen,
  logEntry,
  type NewEvent,
  OrchestratorError,
  type SessionChange,
  type SessionRecord,
  type SessionSnapshot,
  type SessionStatus,
  type TokenRecord,
  type UiAction,
} from "@hybrid-orchestrator/core";
import type { Evaluation, Explanation, RuleSet, Trackers } from "@hybrid-orchestrator/triggers";
import { checkpointEvery, longReplay, recentLimit } from "../limits.js";
import { ChangeDraft, type SessionFields } from "./draft.js";
import { advanceEscalations, endEscalations, escalationsDueAt } from "./escalation-time.js";
import { actOn } from "./firings.js";
import type { Rulebook } from "./rulebook.js";

export type PendingCondition = Evaluation["pending"][number];

/** What a decision noticed besides its change. */
export interface Notices {
  readonly errors: { readonly trigger: string; readonly error: string }[];
  readonly pending: PendingCondition[];
}

/** What one recent activity may weigh in memory, for the cache's bound. */
const recentBytes = 200;
/** What an effect may weigh besides what a caller put into it. */
const effectBytes = 1_500;
/** After so many activities the trackers are weighed again. */
const weighEvery = 16;

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/**
 * One session in memory while decisions are made about it: the snapshot, its trackers, and what has been decided and
 * is not yet committed. It knows nothing of storage or time; `takeChange` hands out what is to be committed.
 */
export class SessionWork {
  readonly rules: RuleSet;
  /** Whether it knows the session's access tokens; else they were not asked for when it was loaded. */
  readonly knowsTokens: boolean;
  /** Receive time of the input that is being applied; becomes `decidedAt`. */
  now = 0;

  #session: Mutable<SessionRecord>;
  #trackers: Trackers;
  #checkpointSeq: number;
  #checkpointWanted = false;
  #adopting: boolean;
  readonly #rulebook: Rulebook;
  readonly #tokens: Map<string, TokenRecord>;
  readonly #effects: Map<string, Effect>;
  readonly #uiActions: Map<string, UiAction>;
  readonly #escalations: Map<string, Escalation>;
  readonly #idempotency: Map<string, IdempotencyRecord>;
  #recent: Activity[];
  #bytes: number;
  #trackerBytes = 0;
  #weighedSeq = Number.NEGATIVE_INFINITY;

  /** Null between two changes: an empty one that is kept for each session in memory only grows old and becomes garbage. */
  #open: ChangeDraft | null = null;
  #notices: Notices = { errors: [], pending: [] };

  private constructor(snapshot: SessionSnapshot, rulebook: Rulebook, knowsTokens: boolean) {
    this.knowsTokens = knowsTokens;
    this.rules = rulebook.rules;
    this.#rulebook = rulebook;
    this.#session = { ...snapshot.session };
    this.#trackers = rulebook.rules.restore({
      session: snapshot.session,
      counters: snapshot.session.counters,
      checkpoint: snapshot.checkpoint,
      activities: snapshot.activities,
      firings: snapshot.firings,
    });
    this.#checkpointSeq = snapshot.checkpoint?.seq ?? 0;
    this.#checkpointWanted = snapshot.activities.length >= longReplay;
    this.#adopting = snapshot.session.rulesHash !== "" && snapshot.session.rulesHash !== rulebook.rules.hash;
    this.#tokens = new Map(snapshot.tokens.map((token) => [token.hash, token]));
    this.#effects = new Map(snapshot.effects.map((effect) => [effect.id, effect]));
    this.#uiActions = new Map(snapshot.uiActions.map((action) => [action.id, action]));
    this.#escalations = new Map(snapshot.escalations.map((escalation) => [escalation.id, escalation]));
    this.#idempotency = new Map(snapshot.idempotency.map((record) => [record.key, record]));
    this.#recent = [...snapshot.recent];
    this.#bytes = estimateBytes(snapshot);
  }

  static restore(snapshot: SessionSnapshot, rulebook: Rulebook, knowsTokens = true): SessionWork {
    return new SessionWork(snapshot, rulebook, knowsTokens);
  }

  /** A session that does not exist yet; its first change creates it. */
  static create(session: Omit<SessionRecord, "version">, rulebook: Rulebook): SessionWork {
    const record: SessionRecord = { ...session, version: 0 };
    const work = new SessionWork({ ...nothing, session: record }, rulebook, true);
    const { id: _id, version: _version, ...fields } = record;
    work.patch(fields);
    work.event({
      type: "session.created",
      at: record.createdAt,
      data: { workflow: record.workflow, externalId: record.externalId },
    });
    return work;
  }

  /** Moves with every alteration, so that a refusal can prove that it altered nothing. */
  get mutations(): number {
    return this.#open?.mutations ?? 0;
  }

  get session(): SessionRecord {
    return this.#session;
  }

  /** The session as it will be stored by the commit that follows. */
  view(): SessionRecord {
    const altered = this.mutations > 0;
    const { version, updatedAt } = this.#session;
    return {
      ...this.#session,
      version: altered ? version + 1 : version,
      updatedAt: altered ? Math.max(updatedAt, this.now) : updatedAt,
    };
  }

  get rulebook(): Rulebook {
    return this.#rulebook;
  }

  get recent(): readonly Activity[] {
    return this.#recent;
  }

  /** A rough count of the memory it holds, for the cache's bound. */
  get sizeBytes(): number {
    const { lastSeq } = this.#session;
    // Now and then only: what the trackers hold changes slowly.
    if (lastSeq - this.#weighedSeq >= weighEvery) {
      this.#weighedSeq = lastSeq;
      this.#trackerBytes = this.#trackers.sizeBytes();
    }
    return this.#bytes + this.#trackerBytes;
  }

  effect(id: string): Effect | undefined {
    return this.#effects.get(id);
  }

  effects(): Iterable<Effect> {
    return this.#effects.values();
  }

  uiActions(): Iterable<UiAction> {
    return this.#uiActions.values();
  }

  /** In order of their opening; those that have ended among them only as far as they were asked for, and the newest. */
  escalations(): readonly Escalation[] {
    return [...this.#escalations.values()];
  }

  escalation(id: string): Escalation | undefined {
    return this.#escalations.get(id);
  }

  idempotent(key: string): IdempotencyRecord | undefined {
    return this.#idempotency.get(key);
  }

  hasToken(hash: string, at: number): boolean {
    const token = this.#tokens.get(hash);
    return token !== undefined && (token.expiresAt === null || token.expiresAt > at);
  }

  /**
   * Decides every due moment up to `to`, in order, each at that moment, and then stands at `to`. What comes earlier
   * than what was decided already changes nothing: within a session time never runs backwards.
   */
  advanceTo(to: number): void {
    if (this.#adopting) this.#adopt(Math.max(to, this.now));
    for (;;) {
      const due = this.#nextDueAt();
      if (due === null || due > to) break;
      if (due <= this.#session.evaluatedAt) {
        throw new OrchestratorError(
          "internal",
          `Session ${this.#session.id} is due at ${due}, which was evaluated already.`,
        );
      }
      const expires = this.#expiryAt() === due;
      this.#setEvaluatedAt(due);
      if (expires) this.setStatus("expired", { reason: "Its time to live was over.", actor: "system" });
      else {
        this.#evaluate(null);
        advanceEscalations(this);
      }
    }
    if (to > this.#session.evaluatedAt) this.#setEvaluatedAt(to);
  }

  /**
   * The session was last decided under other rules. New rules look at the present: what they would have found in the
   * past was not theirs to decide. Only the expiry is still due at its own time.
   */
  #adopt(at: number): void {
    this.#adopting = false;
    const expiry = this.#expiryAt();
    this.#setEvaluatedAt(
      Math.max(this.#session.evaluatedAt, expiry === null ? at : Math.min(at, expiry - 1)),
    );
  }

  /** Appends to the log at the moment where the session stands, and fires what that entry makes fire. */
  append(entry: Omit<Activity, "seq" | "effectiveAt">): Activity {
    const session = this.#session;
    const draft = this.#draft;
    const { fields, activities } = draft;
    // Field by field here, since every activity comes this way and a spread costs as much as the rest of it.
    const activity: Activity = {
      id: entry.id,
      seq: session.lastSeq + 1,
      type: entry.type,
      actor: entry.actor,
      channel: entry.channel,
      data: entry.data,
      occurredAt: entry.occurredAt,
      effectiveAt: session.evaluatedAt,
      createdAt: entry.createdAt,
    };
    draft.mutations += 1;
    activities.push(activity);
    session.lastSeq = activity.seq;
    fields.lastSeq = activity.seq;
    const last = session.lastActivityAt[activity.actor];
    if (last === null || activity.occurredAt > last) {
      const { user, ai, human, system } = session.lastActivityAt;
      const lastActivityAt = { user, ai, human, system };
      lastActivityAt[activity.actor] = activity.occurredAt;
      session.lastActivityAt = lastActivityAt;
      fields.lastActivityAt = lastActivityAt;
    }
    if (this.rules.needsRecent > 0) {
      this.#recent.push(activity);
      if (this.#recent.length > recentLimit) this.#recent.shift();
    }
    this.#trackers.apply(activity);
    this.#evaluate(activity);
    return activity;
  }

  /** Changes the status, writes that into the log, and fires what waited for it. */
  setStatus(
    to: SessionStatus,
    why: { readonly reason: string | null; readonly actor: Activity["actor"] },
  ): void {
    const from = this.#session.status;
    const at = this.#session.evaluatedAt;
    this.patch({ status: to, revision: this.#session.revision + 1 });
    if (!isOpen(to)) endEscalations(this, `the session is ${to}`);
    this.event({ type: "session.status_changed", at, data: { from, to, reason: why.reason } });
    this.append({
      id: createId(at),
      type: logEntry.statusChanged,
      actor: why.actor,
      channel: null,
      data: why.reason === null ? { from, to } : { from, to, reason: why.reason },
      occurredAt: at,
      createdAt: this.now,
    });
  }

  /** Evaluates one trigger whose condition answered late. */
  settleCondition(trigger: string, leaf: number, holds: boolean): void {
    this.#evaluate(null, { trigger, leaf, holds });
  }

  patch(fields: Partial<SessionFields>): void {
    this.#draft.mutations += 1;
    Object.assign(this.#session, fields);
    Object.assign(this.#draft.fields, fields);
  }

  putEffect(effect: Effect): void {
    const draft = this.#draft;
    draft.mutations += 1;
    draft.effects ??= new Map();
    draft.effects.set(effect.id, effect);
    if (!this.#effects.has(effect.id)) this.#bytes += weighEffect(effect);
    this.#effects.set(effect.id, effect);
  }

  putUiAction(action: UiAction): void {
    const draft = this.#draft;
    draft.mutations += 1;
    draft.uiActions ??= new Map();
    draft.uiActions.set(action.id, action);
    if (action.status === "acknowledged") this.#uiActions.delete(action.id);
    else this.#uiActions.set(action.id, action);
  }

  putEscalation(escalation: Escalation): void {
    const draft = this.#draft;
    draft.mutations += 1;
    draft.escalations ??= new Map();
    draft.escalations.set(escalation.id, escalation);
    if (!this.#escalations.has(escalation.id)) {
      this.patch({ escalationCount: this.#session.escalationCount + 1 });
      this.#bytes += weigh(escalation);
    }
    this.#escalations.set(escalation.id, escalation);
  }

  addToken(token: TokenRecord): void {
    this.#draft.mutations += 1;
    this.#draft.tokens.push(token);
    this.#tokens.set(token.hash, token);
  }

  addIdempotency(record: IdempotencyRecord): void {
    this.#draft.mutations += 1;
    this.#draft.idempotency.push(record);
    this.#idempotency.set(record.key, record);
  }

  addFiring(firing: Firing): void {
    this.#draft.mutations += 1;
    this.#draft.firings.push(firing);
  }

  event(event: NewEvent): void {
    this.#draft.mutations += 1;
    this.#draft.events.push(event);
  }

  /** Firings decided and not yet committed, oldest first. */
  get newFirings(): readonly Firing[] {
    return this.#open?.firings ?? [];
  }

  /** See {@link ChangeDraft.triggered}. */
  get triggered(): Map<string, string> {
    const draft = this.#draft;
    draft.triggered ??= new Map();
    return draft.triggered;
  }

  get #draft(): ChangeDraft {
    this.#open ??= new ChangeDraft();
    return this.#open;
  }

  /** What is to be committed, or null where there is nothing; from here on the work stands for the state after it. */
  takeChange(): SessionChange | null {
    const session = this.#session;
    if (session.rulesHash !== this.rules.hash) this.patch({ rulesHash: this.rules.hash });
    this.#rearm();
    const draft = this.#open;
    if (draft === null || draft.mutations === 0) return null;
    if (draft.firings.length > 0) this.patch({ counters: this.#trackers.counters() });
    session.updatedAt = Math.max(session.updatedAt, this.now);
    draft.fields.updatedAt = session.updatedAt;
    const change = draft.toChange(session.id, session.version, this.#dueCheckpoint());
    this.#settle(draft);
    return change;
  }

  explain(trigger: string, now: number): Explanation {
    return this.#trackers.explain(this.#session, trigger, now);
  }

  takeNotices(): Notices {
    const notices = this.#notices;
    if (notices.errors.length + notices.pending.length > 0) this.#notices = { errors: [], pending: [] };
    return notices;
  }

  /** The draft is on its way: stand for the state after it. */
  #settle(draft: ChangeDraft): void {
    this.#open = null;
    this.#session.version += 1;
    if (this.rules.needsRecent > 0) this.#bytes += recentBytes * draft.activities.length;
    for (const effect of draft.effects?.values() ?? []) {
      if (effect.dueAt !== null) continue;
      this.#effects.delete(effect.id);
      this.#bytes -= weighEffect(effect);
    }
    if (this.#idempotency.size > 0) this.#idempotency.clear();
  }

  #evaluate(
    activity: Activity | null,
    settled?: { readonly trigger: string; readonly leaf: number; readonly holds: boolean },
  ): void {
    const at = this.#session.evaluatedAt;
    const evaluation = this.#trackers.evaluate(this.#session, {
      at,
      now: this.now,
      activity,
      recent: this.#recent,
      ...(settled && { settled }),
    });
    if (evaluation.consumed) this.#checkpointWanted = true;
    this.#notices.errors.push(...evaluation.errors);
    this.#notices.pending.push(...evaluation.pending);
    if (evaluation.matches.length > 0) actOn(this, evaluation.matches, at);
  }

  #setEvaluatedAt(at: number): void {
    // Standing at a later moment is worth no commit of its own, so it does not count as a mutation.
    this.#session.evaluatedAt = at;
    this.#draft.fields.evaluatedAt = at;
  }

  #expiryAt(): number | null {
    const { status, expiresAt, evaluatedAt } = this.#session;
    if (expiresAt === null || !(isOpen(status) || status === "abandoned")) return null;
    return Math.max(expiresAt, evaluatedAt + 1);
  }

  #nextDueAt(): number | null {
    const due = earliest(
      this.#trackers.nextDueAt(this.#session, this.#session.evaluatedAt),
      this.#expiryAt(),
    );
    return this.#escalations.size === 0 ? due : earliest(due, escalationsDueAt(this));
  }

  /**
   * Keeps a stored `dueAt` that is early enough: coming due too soon costs one look, moving it costs an index on every
   * activity.
   */
  #rearm(): void {
    const stored = this.#session.dueAt;
    const { evaluatedAt } = this.#session;
    if (this.mutations === 0 && stored !== null && stored > evaluatedAt) return;
    const due = this.#nextDueAt();
    if (stored === due) return;
    if (stored !== null && stored > evaluatedAt && (due === null || due > stored)) return;
    this.patch({ dueAt: due });
  }

  #dueCheckpoint(): Checkpoint | null {
    const { lastSeq } = this.#session;
    if (!this.#checkpointWanted && lastSeq - this.#checkpointSeq < checkpointEvery) return null;
    this.#checkpointWanted = false;
    this.#checkpointSeq = lastSeq;
    return { seq: lastSeq, rulesHash: this.rules.hash, state: this.#trackers.toJSON() };
  }
}

/** What there is of a session before its first commit. */
const nothing = {
  tokens: [],
  checkpoint: null,
  activities: [],
  firings: [],
  recent: [],
  effects: [],
  uiActions: [],
  escalations: [],
  idempotency: [],
} as const satisfies Omit<SessionSnapshot, "session">;

export function earliest(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null ? a : Math.min(a, b);
}

function estimateBytes(snapshot: SessionSnapshot): number {
  const { session, effects, recent, uiActions, escalations } = snapshot;
  let bytes = 1_000 + weigh(session) + weigh(recent) + weigh(uiActions) + weigh(escalations);
  for (const effect of effects) bytes += weighEffect(effect);
  return bytes;
}

/** By what of an effect never changes, so that it weighs as much when it goes as when it came. */
function weighEffect(effect: Effect): number {
  switch (effect.kind) {
    case "delivery":
      return effectBytes + weigh(effect.delivery.message.content) + weigh(effect.delivery.message.metadata);
    case "action":
      return effectBytes + weigh(effect.action.params);
    case "tool":
      return effectBytes + weigh(effect.tool.args);
    case "agent":
    case "staffing":
    case "rewrite":
      return effectBytes;
  }
}

/** What a value may take in memory: two bytes for a character, a word for everything else. */
function weigh(value: unknown): number {
  if (typeof value === "string") return 2 * value.length;
  if (typeof value !== "object" || value === null) return 8;
  let bytes = 40;
  for (const member of Object.values(value)) bytes += 16 + weigh(member);
  return bytes;
}
