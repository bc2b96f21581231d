import { errorMessage, type Firing } from "@hybrid-orchestrator/core";
import type { Input } from "../decide/decide.js";
import type { Runtime } from "../runtime.js";
import { Pauses } from "./pauses.js";

/** Sessions handled in one batch: few while callers wait, because each batch makes them wait longer. */
const busyBatch = 32;
const idleBatch = 256;
/** How long a session that could not be decided is left alone. */
const pauseMs = 5_000;

/** Decides sessions whose time has come. */
export class DueLoop {
  readonly #runtime: Runtime;
  readonly #pauses = new Pauses(pauseMs);
  #searchOtherRules = true;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** The rules have changed: sessions decided under the old ones are looked at again, a batch at a time. */
  rulesChanged(): void {
    this.#searchOtherRules = true;
  }

  /** Whether there may be sessions that were last decided under other rules. */
  get searching(): boolean {
    return this.#searchOtherRules;
  }

  /** One batch. Returns how many sessions it looked at. */
  async turn(): Promise<number> {
    const { shell, settings } = this.#runtime;
    const now = settings.clock.now();
    const sessions = await this.#next(now, shell.stats.waiting > 0 ? busyBatch : idleBatch);
    await this.#decide(sessions, now);
    return sessions.length;
  }

  /** Everything due at this moment, until nothing is. Returns what fired, in the order of sessions handled. */
  async all(): Promise<Firing[]> {
    const now = this.#runtime.settings.clock.now();
    const firings: Firing[] = [];
    for (;;) {
      const sessions = await this.#next(now, idleBatch);
      if (sessions.length === 0) return firings;
      firings.push(...(await this.#decide(sessions, now)));
    }
  }

  /** What is due; else what was decided under other rules, after these have changed. */
  async #next(now: number, batch: number): Promise<readonly string[]> {
    const { storage, node, otherRules: exceptRules } = this.#runtime;
    const limit = batch + this.#pauses.size;
    const claimed = await storage.claimSessions({ now, holder: node, leaseMs: 30_000, limit, exceptRules });
    const due = claimed.filter((id) => !this.#pauses.isPaused(id, now));
    if (due.length > 0 || !this.#searchOtherRules) return due;
    const { hash: rulesHash } = this.#runtime.rulebook().rules;
    const found = await storage.findSessionsOfOtherRules({ rulesHash, exceptRules, limit });
    const other = found.filter((id) => !this.#pauses.isPaused(id, now));
    if (other.length === 0) this.#searchOtherRules = false;
    return other;
  }

  async #decide(sessionIds: readonly string[], now: number): Promise<Firing[]> {
    const decisions = sessionIds.map(async (id) => {
      try {
        return await this.#runtime.shell.submit(id, dueInput(now));
      } catch (error) {
        this.#failed(id, now, error);
        return [];
      }
    });
    return (await Promise.all(decisions)).flat();
  }

  /** A session that cannot be decided must not keep the others from being looked at. */
  #failed(id: string, now: number, error: unknown): void {
    this.#pauses.pause(id, now);
    this.#runtime.logger.error("A due session could not be decided.", {
      sessionId: id,
      error: errorMessage(error),
    });
  }
}

/** Decides what is due up to `now`; the outcome is what fired. */
function dueInput(now: number): Input<readonly Firing[]> {
  return {
    receivedAt: now,
    ownTiming: true,
    apply(work) {
      const before = work.newFirings.length;
      work.advanceTo(Math.max(now, work.session.evaluatedAt));
      return work.newFirings.slice(before);
    },
  };
}
