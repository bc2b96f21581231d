export interface DurationStatistics {
  readonly count: number;
  readonly meanMs: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

/** Keeps every duration of one kind, eight bytes each, so that its percentiles are exact. */
export class Durations {
  #values = new Float64Array(16);
  #count = 0;

  add(from: number, to: number | null): void {
    if (to === null) return;
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    // A clock that another node has set may be behind.
    this.#values[this.#count] = Math.max(0, to - from);
    this.#count += 1;
  }

  statistics(): DurationStatistics {
    const count = this.#count;
    if (count === 0) return { count, meanMs: null, p50Ms: null, p90Ms: null, p99Ms: null, maxMs: null };
    const sorted = this.#values.slice(0, count).sort();
    let sum = 0;
    for (const value of sorted) sum += value;
    return {
      count,
      meanMs: sum / count,
      p50Ms: percentile(sorted, 0.5),
      p90Ms: percentile(sorted, 0.9),
      p99Ms: percentile(sorted, 0.99),
      maxMs: sorted[count - 1] ?? null,
    };
  }
}

/** The smallest value that at least this share does not exceed: nearest rank, so that it is one that occurred. */
function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
