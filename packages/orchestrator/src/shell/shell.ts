import { setImmediate as nextTurn } from "node:timers/promises";
import {
  type CommitResult,
  errorMessage,
  type LoadRequest,
  OrchestratorError,
  type SessionChange,
  type SessionRecord,
  type SessionSnapshot,
  type Storage,
} from "@hybrid-orchestrator/core";
import { type Decided, decide, type Input, type Outcome } from "../decide/decide.js";
import type { Rulebook } from "../decide/rulebook.js";
import { type Notices, SessionWork } from "../decide/work.js";
import { sessionNotFound } from "../not-found.js";
import { EntryCache } from "./cache.js";
import type { Entry, Waiting } from "./entry.js";

/** Sessions decided in one turn; more would let callers wait too long. */
const turnSize = 256;
/** After so many conflicts in a row the session is decided under the storage's write lock. */
const maxConflicts = 3;

export interface ShellOptions {
  readonly storage: Storage;
  readonly rulebook: () => Rulebook;
  readonly maxCacheBytes: number;
  /** Called after each commit, in order, with what was committed. */
  readonly committed: (change: SessionChange) => void;
  readonly noticed: (sessionId: string, notices: Notices) => void;
}

interface Turn {
  readonly entry: Entry;
  readonly waiting: readonly Waiting[];
  readonly decided: Decided;
}

/**
 * Takes inputs, lets those of one session wait in line, and once a turn of the event loop loads what is missing,
 * decides for every session that has inputs, and commits all changes in one call. An outcome is told only after the
 * commit that proves it.
 */
export class Shell {
  readonly #options: ShellOptions;
  readonly #cache: EntryCache;
  #ready: Entry[] = [];
  #pumping: Promise<void> | null = null;
  #waiting = 0;

  constructor(options: ShellOptions) {
    this.#options = options;
    this.#cache = new EntryCache(options.maxCacheBytes);
  }

  get stats(): { readonly sessions: number; readonly bytes: number; readonly waiting: number } {
    return { ...this.#cache.stats, waiting: this.#waiting };
  }

  /** Puts an input in the session's line. Resolves with its outcome once that is durable. */
  submit<Value>(sessionId: string, input: Input<Value>): Promise<Value> {
    return this.#enqueue(this.#cache.entry(sessionId), input);
  }

  /** The first input of a session that does not exist yet. */
  create<Value>(session: Omit<SessionRecord, "version">, input: Input<Value>): Promise<Value> {
    const entry = this.#cache.entry(session.id);
    entry.work = SessionWork.create(session, this.#options.rulebook());
    entry.freshFor = Number.POSITIVE_INFINITY;
    return this.#enqueue(entry, input);
  }

  /**
   * The session as it is in memory, where it is: perhaps older than what is stored, perhaps with what is just being
   * committed. Good for a first look that a commit will confirm.
   */
  kept(sessionId: string): SessionWork | null {
    return this.#cache.find(sessionId)?.work ?? null;
  }

  /** Resolves when no input waits. */
  async idle(): Promise<void> {
    while (this.#pumping !== null) await this.#pumping;
  }

  /** Forgets every snapshot, e.g. because the rules have changed. */
  dropCache(): void {
    this.#cache.clear();
  }

  #enqueue<Value>(entry: Entry, input: Input<Value>): Promise<Value> {
    this.#waiting += 1;
    const promise = new Promise<Value>((resolve, reject) => {
      entry.waiting.push({ input, resolve: resolve as (value: unknown) => void, reject });
    });
    this.#makeReady(entry);
    return promise;
  }

  #makeReady(entry: Entry): void {
    if (entry.busy || entry.waiting.length === 0) return;
    entry.busy = true;
    this.#ready.push(entry);
    this.#pumping ??= this.#pump();
  }

  async #pump(): Promise<void> {
    // Whoever was answered by the last commit gets the chance to ask again before the next.
    await nextTurn();
    while (this.#ready.length > 0) {
      const batch = this.#ready.splice(0, turnSize);
      await this.#turn(batch);
      for (const entry of batch) {
        entry.busy = false;
        this.#cache.touch(entry);
        this.#makeReady(entry);
      }
      await nextTurn();
    }
    this.#pumping = null;
  }

  async #turn(batch: readonly Entry[]): Promise<void> {
    const rulebook = this.#options.rulebook();
    const present = await this.#loadMissing(batch, rulebook);
    const turns: Turn[] = [];
    const unlucky: Entry[] = [];
    for (const entry of present) {
      if (entry.conflicts >= maxConflicts) unlucky.push(entry);
      else this.#decideEntry(entry, turns);
    }
    await this.#commit(turns);
    for (const entry of unlucky) await this.#decideLocked(entry, rulebook);
  }

  #decideEntry(entry: Entry, turns: Turn[]): void {
    const { work, freshFor } = entry;
    if (work === null) return;
    // What came while it was being loaded may know more than was loaded, and waits for the next turn.
    const waiting = entry.waiting.splice(0, freshFor > 0 ? freshFor : entry.waiting.length);
    let decided: Decided;
    try {
      decided = decide(
        work,
        waiting.map(({ input }) => input),
      );
    } catch (error) {
      // What was altered so far is worth nothing now. One bad input must not take its neighbours with it.
      entry.work = null;
      if (waiting.length === 1) this.#rejectAll(waiting, defect(entry.id, error));
      else this.#requeueApart(entry, waiting);
      return;
    }
    if (decided.change === null && freshFor === 0) {
      // No commit will check this snapshot's version, so the outcome is repeated on a fresh one.
      entry.work = null;
      entry.waiting.unshift(...waiting);
      return;
    }
    turns.push({ entry, waiting, decided });
  }

  /** Decides the first input alone next time, the others after it. */
  #requeueApart(entry: Entry, waiting: readonly Waiting[]): void {
    const [first, ...others] = waiting;
    if (first === undefined) return;
    entry.waiting.unshift(first);
    for (const one of others) {
      this.#waiting -= 1;
      void this.#enqueueLater(entry, one);
    }
  }

  async #enqueueLater(entry: Entry, waiting: Waiting): Promise<void> {
    await nextTurn();
    await this.#enqueue(entry, waiting.input).then(waiting.resolve, waiting.reject);
  }

  async #loadMissing(batch: readonly Entry[], rulebook: Rulebook): Promise<readonly Entry[]> {
    const missing: Entry[] = [];
    for (const entry of batch) {
      if (entry.work !== null && (entry.work.rules !== rulebook.rules || lacks(entry.work, entry.waiting)))
        entry.work = null;
      if (entry.work === null) {
        entry.freshFor = entry.waiting.length;
        missing.push(entry);
      } else if (entry.work.session.version > 0) entry.freshFor = 0;
    }
    if (missing.length === 0) return batch;
    const requests = missing.map((entry) => loadRequest(entry, rulebook));
    let snapshots: readonly (SessionSnapshot | null)[];
    try {
      snapshots = await this.#options.storage.load(requests);
    } catch (error) {
      for (const entry of missing) this.#rejectAll(entry.waiting.splice(0), error);
      return batch.filter((entry) => entry.work !== null);
    }
    missing.forEach((entry, index) => {
      const snapshot = snapshots[index] ?? null;
      if (snapshot === null) this.#rejectAll(entry.waiting.splice(0), sessionNotFound(entry.id));
      else this.#restore(entry, () => SessionWork.restore(snapshot, rulebook, requests[index]?.tokens));
    });
    return batch.filter((entry) => entry.work !== null);
  }

  #restore(entry: Entry, restore: () => SessionWork): void {
    try {
      entry.work = restore();
    } catch (error) {
      this.#rejectAll(entry.waiting.splice(0), error);
    }
  }

  async #commit(turns: readonly Turn[]): Promise<void> {
    const changes: SessionChange[] = [];
    for (const { decided } of turns) if (decided.change !== null) changes.push(decided.change);
    let results: readonly CommitResult[] = [];
    if (changes.length > 0) {
      try {
        results = await this.#options.storage.commit(changes);
      } catch (error) {
        for (const turn of turns) this.#failed(turn, error);
        return;
      }
    }
    let next = 0;
    for (const turn of turns) {
      const result = turn.decided.change === null ? undefined : results[next++];
      if (result === undefined || result.ok) this.#succeeded(turn);
      else this.#refused(turn, result);
    }
  }

  #succeeded({ entry, waiting, decided }: Turn): void {
    entry.conflicts = 0;
    if (decided.change !== null) this.#options.committed(decided.change);
    this.#settle(waiting, decided.outcomes);
    this.#notice(entry.id, decided.notices);
  }

  #refused(turn: Turn, result: Exclude<CommitResult, { ok: true }>): void {
    const { entry, waiting } = turn;
    switch (result.reason) {
      case "conflict":
        entry.work = null;
        entry.conflicts += 1;
        entry.waiting.unshift(...waiting);
        return;
      case "external_id_taken":
        entry.work = null;
        this.#rejectAll(waiting, new ExternalIdTaken(result.sessionId));
        return;
      case "error":
        this.#failed(turn, result.error);
        return;
    }
  }

  #failed({ entry, waiting }: Turn, error: unknown): void {
    entry.work = null;
    this.#rejectAll(waiting, error);
  }

  async #decideLocked(entry: Entry, rulebook: Rulebook): Promise<void> {
    const waiting = entry.waiting.splice(0);
    entry.work = null;
    const request = loadRequest({ ...entry, waiting: [...waiting] }, rulebook);
    let decided: Decided | null = null;
    try {
      const result = await this.#options.storage.decideLocked(request, (snapshot) => {
        if (snapshot === null) throw sessionNotFound(entry.id);
        const work = SessionWork.restore(snapshot, rulebook);
        decided = decide(
          work,
          waiting.map(({ input }) => input),
        );
        return decided.change;
      });
      if (decided === null)
        throw new OrchestratorError("internal", "The storage did not decide under its lock.");
      const turn: Turn = { entry, waiting, decided };
      if (result === null || result.ok) this.#succeeded(turn);
      else if (result.reason === "conflict")
        this.#failed(turn, new OrchestratorError("conflict", `Session ${entry.id} kept changing.`));
      else this.#refused(turn, result);
    } catch (error) {
      entry.conflicts = 0;
      this.#rejectAll(waiting, error);
    }
  }

  #settle(waiting: readonly Waiting[], outcomes: readonly Outcome[]): void {
    this.#waiting -= waiting.length;
    waiting.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome?.ok === true) resolve(outcome.value);
      else reject(outcome?.error);
    });
  }

  #rejectAll(waiting: readonly Waiting[], error: unknown): void {
    this.#waiting -= waiting.length;
    for (const { reject } of waiting) reject(error);
  }

  #notice(sessionId: string, notices: Notices): void {
    if (notices.errors.length + notices.pending.length > 0) this.#options.noticed(sessionId, notices);
  }
}

/** Refused because another session has the external id; the caller decides what that means. */
export class ExternalIdTaken extends Error {
  readonly sessionId: string;

  constructor(sessionId: string) {
    super("The external id is taken.");
    this.sessionId = sessionId;
  }
}

/** What no input should cause: an error of this software, or of a plugin's function inside a decision. */
function defect(sessionId: string, error: unknown): OrchestratorError {
  if (OrchestratorError.isInstance(error)) return error;
  return new OrchestratorError(
    "internal",
    `A decision about session ${sessionId} failed: ${errorMessage(error)}`,
    { cause: error },
  );
}

function lacks(work: SessionWork, waiting: readonly Waiting[]): boolean {
  return waiting.some(
    ({ input }) =>
      (input.tokenHash !== undefined && !work.knowsTokens) ||
      (input.effectIds?.some((id) => work.effect(id) === undefined) ?? false) ||
      (input.escalationIds?.some((id) => work.escalation(id) === undefined) ?? false),
  );
}

function loadRequest(entry: Entry, { rules }: Rulebook): LoadRequest {
  const effectIds = entry.waiting.flatMap(({ input }) => input.effectIds ?? []);
  const escalationIds = entry.waiting.flatMap(({ input }) => input.escalationIds ?? []);
  const idempotencyKeys = entry.waiting.flatMap(({ input }) => input.idempotencyKey ?? []);
  return {
    sessionId: entry.id,
    rulesHash: rules.hash,
    recent: rules.needsRecent,
    tokens: entry.waiting.some(({ input }) => input.tokenHash !== undefined),
    ...(effectIds.length > 0 && { effectIds }),
    ...(escalationIds.length > 0 && { escalationIds }),
    ...(idempotencyKeys.length > 0 && { idempotencyKeys }),
  };
}
