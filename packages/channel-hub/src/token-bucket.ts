export interface Rate {
  readonly perSecond: number;
  /** How many may go at once after a rest. */
  readonly burst: number;
}

/** Whoever does not come back for so long after its turn has gone elsewhere. */
const patienceMs = 5_000;

/**
 * A token bucket with a queue: who finds no token is told when to come back, each later than the one before, so that a
 * thousand who wait look once or twice and not all at every token. Deterministic over the moments it is given.
 */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #at: number;
  /** By whom, the moment of its turn, in order. */
  readonly #turns = new Map<string, number>();

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** When there will be a token for it; at most `now`: there is one. */
  availableAt(id: string, now: number): number {
    this.#refill(now);
    const turn = this.#turns.get(id);
    if (turn !== undefined && turn > now) return turn;
    const ahead = turn === undefined ? this.#turns.size : 0;
    const missing = ahead + 1 - this.#tokens;
    return missing <= 0 ? now : now + Math.ceil((missing * 1_000) / this.#rate.perSecond);
  }

  /** Keeps the place of one that comes back at that moment. */
  wait(id: string, at: number): void {
    this.#turns.delete(id);
    this.#turns.set(id, at);
  }

  /** Takes the token that {@link availableAt} has found. */
  take(id: string): void {
    this.#turns.delete(id);
    this.#tokens -= 1;
  }

  /** It was not used. */
  giveBack(): void {
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + 1);
  }

  /** Whether nothing would be different if it were made anew. */
  isFresh(now: number): boolean {
    this.#refill(now);
    return this.#turns.size === 0 && this.#tokens >= this.#rate.burst;
  }

  #refill(now: number): void {
    if (now < this.#at) {
      // The clock was set back: until it is where it was nothing would be gained, and no turn would come.
      this.#at = now;
      this.#turns.clear();
    } else if (now > this.#at) {
      const gained = ((now - this.#at) * this.#rate.perSecond) / 1_000;
      this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained);
      this.#at = now;
    }
    for (const [id, turn] of this.#turns) {
      // In order of their turns, so the first that is still to come ends the search.
      if (turn + patienceMs >= now) break;
      this.#turns.delete(id);
    }
  }
}
