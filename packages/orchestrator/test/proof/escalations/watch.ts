import {
  type Change,
  type Escalation,
  hasEnded,
  type NewEvent,
  type SessionChange,
  type SessionRecord,
  type Storage,
  type WorkerRecord,
} from "@hybrid-orchestrator/core";
import { LeaseWatch, watchCommits } from "../commit-watch.js";
import { type Life, SessionReplay } from "./promises/lives.js";
import { agent } from "./scenario.js";

/** How an escalation stood from some counted moment on, by the events; one commit may hold several. */
export interface Standing extends Pick<Life, "holder" | "epoch" | "ended"> {
  readonly tick: number;
}

/** What was known of a worker from some moment of the clock on. */
export interface Known {
  readonly tick: number;
  readonly at: number;
  readonly record: WorkerRecord;
}

/**
 * Sees every commit of every node, in order, and tells what must not stand there even for a moment: the end of a history
 * does not show that any more.
 */
export class CommitWatch {
  readonly surprises: string[] = [];
  /** As they were committed last. */
  readonly escalations = new Map<string, Escalation>();
  readonly standings = new Map<string, Standing[]>();
  readonly workers = new Map<string, Known[]>();
  ticks = 0;
  readonly #now: () => number;
  readonly #leases = new LeaseWatch();
  readonly #replays = new Map<string, SessionReplay>();
  readonly #rows = new Map<string, Partial<SessionRecord>>();
  readonly #versions = new Map<string, number>();
  readonly #early = new Map<string, () => void>();
  readonly #effects = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The storage as all nodes see it. */
  over(storage: Storage): Storage {
    const watched = watchCommits(storage, (change) => this.#inOrder(change, () => this.#session(change)));
    return {
      ...watched,
      commit: async (changes: readonly Change[]) => {
        const results = await watched.commit(changes);
        changes.forEach((change, index) => {
          if (results[index]?.ok && change.aggregate === "worker")
            this.#inOrder(change, () => this.#worker(change.id, change.body as unknown as WorkerRecord));
        });
        return results;
      },
    };
  }

  openIn(sessionId: string): Escalation[] {
    return [...this.escalations.values()].filter(
      (one) => one.sessionId === sessionId && !hasEnded(one.status),
    );
  }

  lives(): Life[] {
    return [...this.#replays.values()].flatMap(({ lives }) => [...lives.values()]);
  }

  /** How it stood at some moment between two, the last state before them among those. */
  standingsWithin(
    id: string,
    { askedAt, answeredAt }: { readonly askedAt: number; readonly answeredAt: number },
  ) {
    return within(this.standings.get(id) ?? [], askedAt, answeredAt);
  }

  recordsWithin(
    worker: string,
    { askedAt, answeredAt }: { readonly askedAt: number; readonly answeredAt: number },
  ): WorkerRecord[] {
    return within(this.workers.get(worker) ?? [], askedAt, answeredAt).map(({ record }) => record);
  }

  /** Two nodes of one database may hear of their commits in another order than that of the commits. */
  #inOrder({ aggregate, id, expectedVersion }: Change, see: () => void): void {
    const key = `${aggregate}:${id}`;
    this.#early.set(`${key}:${expectedVersion}`, see);
    for (let version = this.#versions.get(key) ?? 0; ; version += 1) {
      const next = this.#early.get(`${key}:${version}`);
      if (next === undefined) {
        this.#versions.set(key, version);
        return;
      }
      this.#early.delete(`${key}:${version}`);
      this.ticks += 1;
      next();
    }
  }

  #session({ id, session, escalations = [], effects = [], events = [] }: SessionChange): void {
    const row = { ...this.#rows.get(id), ...session };
    this.#rows.set(id, row);
    this.surprises.push(...this.#leases.see(effects));
    for (const escalation of escalations) this.#escalation(escalation);
    for (const event of events) this.#event(id, event);
    const open = this.openIn(id);
    const takeovers = open.filter(({ kind }) => kind === "takeover");
    if (takeovers.length > 1) this.#surprise(id, `${takeovers.length} takeovers are open`);
    const holder = takeovers[0]?.holder?.worker ?? null;
    const owner = row.owner?.kind === "human" ? row.owner.worker : null;
    if (holder !== owner && row.status !== undefined && ["active", "paused"].includes(row.status))
      this.#surprise(id, `${holder} holds it and ${owner} owns it`);
    for (const one of open)
      if (one.holder === null && (row.dueAt == null || row.dueAt <= (row.evaluatedAt ?? 0)))
        this.#surprise(id, `escalation ${one.id} waits for nobody and for no time (${row.dueAt})`);
    this.#announced(
      id,
      effects.filter((effect) => !this.#effects.has(effect.id)),
      events,
    );
    for (const effect of effects) this.#effects.add(effect.id);
  }

  /** A change of owner and what the user is told of it are one commit. */
  #announced(
    id: string,
    created: NonNullable<SessionChange["effects"]>,
    events: NonNullable<SessionChange["events"]>,
  ): void {
    const changes = events.filter(({ type }) => type === "session.owner_changed").length;
    const ends = events.filter(
      ({ type }) => type === "escalation.exhausted" || type === "escalation.expired",
    ).length;
    const said = created.filter(
      (effect) => effect.kind === "delivery" && effect.delivery.message.metadata.announcement !== undefined,
    ).length;
    if (said < changes || said > changes + ends)
      this.#surprise(id, `${changes} changes of owner and ${said} announcements in one commit`);
  }

  #escalation(escalation: Escalation): void {
    const { id, sessionId } = escalation;
    const before = this.escalations.get(id);
    this.escalations.set(id, escalation);
    if (before === undefined) return;
    if (escalation.claimEpoch < before.claimEpoch) this.#surprise(sessionId, `the claim epoch of ${id} fell`);
    if (hasEnded(before.status) && before.status !== escalation.status)
      this.#surprise(sessionId, `${id} was ${before.status} and is ${escalation.status}`);
    if (JSON.stringify(escalation.policy) !== JSON.stringify(before.policy))
      this.#surprise(sessionId, `the policy of ${id} changed`);
  }

  #event(sessionId: string, event: NewEvent): void {
    const replay = this.#replays.get(sessionId) ?? new SessionReplay({ kind: "ai", agent });
    this.#replays.set(sessionId, replay);
    replay.apply(event);
    if (!("escalationId" in event.data)) return;
    const { escalationId: id } = event.data;
    const life = replay.lives.get(id);
    if (life === undefined) return;
    const { holder, epoch, ended } = life;
    const standings = this.standings.get(id) ?? [];
    standings.push({ tick: this.ticks, holder, epoch, ended });
    this.standings.set(id, standings);
  }

  #worker(id: string, record: WorkerRecord): void {
    const known = this.workers.get(id) ?? [];
    known.push({ tick: this.ticks, at: this.#now(), record });
    this.workers.set(id, known);
    const { slots, capacity } = record;
    if (slots.length > capacity.total)
      this.surprises.push(`${id} has ${slots.length} of ${capacity.total} places taken`);
    if (new Set(slots.map(({ escalationId }) => escalationId)).size < slots.length)
      this.surprises.push(`${id} has two places for one escalation`);
  }

  #surprise(sessionId: string, what: string): void {
    this.surprises.push(`${sessionId} at ${this.#now()}: ${what}`);
  }
}

function within<Item extends { readonly tick: number }>(
  items: readonly Item[],
  from: number,
  to: number,
): Item[] {
  const first = items.findLastIndex(({ tick }) => tick <= from);
  return items.slice(Math.max(0, first)).filter(({ tick }) => tick <= to);
}
