/** What is to be left alone for a while, by id. */
export class Pauses {
  readonly #pausedAt = new Map<string, number>();
  readonly #pauseMs: number;

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  get size(): number {
    return this.#pausedAt.size;
  }

  pause(id: string, now: number): void {
    // Another node may do it meanwhile, and then nobody asks for it here again.
    for (const [other, at] of this.#pausedAt) {
      if (this.#lasts(at, now)) break;
      this.#pausedAt.delete(other);
    }
    // At the end, so that those whose pause is over come first.
    this.#pausedAt.delete(id);
    this.#pausedAt.set(id, now);
  }

  resume(id: string): void {
    this.#pausedAt.delete(id);
  }

  isPaused(id: string, now: number): boolean {
    const at = this.#pausedAt.get(id);
    if (at === undefined) return false;
    if (this.#lasts(at, now)) return true;
    this.#pausedAt.delete(id);
    return false;
  }

  /** A clock that was set back must not make the pause longer. */
  #lasts(at: number, now: number): boolean {
    return at <= now && now < at + this.#pauseMs;
  }
}
