const mostKeys = 10_000;

/** Lets so much of each key through in a while, counted in this process. */
export class Throttle {
  readonly #most: number;
  readonly #windowMs: number;
  readonly #counts = new Map<string, { count: number; until: number }>();

  constructor({ most, windowMs }: { readonly most: number; readonly windowMs: number }) {
    this.#most = most;
    this.#windowMs = windowMs;
  }

  allows(key: string, now: number): boolean {
    const known = this.#counts.get(key);
    if (known !== undefined && known.until > now) {
      known.count += 1;
      return known.count <= this.#most;
    }
    this.#counts.delete(key);
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size < mostKeys) break;
      this.#counts.delete(oldest);
    }
    this.#counts.set(key, { count: 1, until: now + this.#windowMs });
    return true;
  }
}
