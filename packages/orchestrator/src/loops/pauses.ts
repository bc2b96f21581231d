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
    this.#pausedAt.set(id, now);
  }

  isPaused(id: string, now: number): boolean {
    const at = this.#pausedAt.get(id);
    if (at === undefined) return false;
    // A clock that was set back must not make the pause longer.
    if (at <= now && now < at + this.#pauseMs) return true;
    this.#pausedAt.delete(id);
    return false;
  }
}
