import type { Json } from "@hybrid-orchestrator/core";

/**
 * A map of bounded size: when it is full, the key that was set longest ago goes. That depends on the log alone, since
 * "when" is the log's own number.
 */
export class RecentKeys<Value> {
  readonly #entries = new Map<string, { value: Value; seq: number }>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  /** The key's value, which has been seen now. */
  touch(key: string, seq: number): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.seq = seq;
    return entry.value;
  }

  /** Sets a new value and returns the one before. */
  swap(key: string, value: Value, seq: number): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.set(key, value, seq);
      return undefined;
    }
    const before = entry.value;
    entry.value = value;
    entry.seq = seq;
    return before;
  }

  /** Says whether another key had to go. */
  set(key: string, value: Value, seq: number): boolean {
    const entry = this.#entries.get(key);
    if (entry !== undefined) {
      entry.value = value;
      entry.seq = seq;
      return false;
    }
    this.#entries.set(key, { value, seq });
    if (this.#entries.size <= this.#max) return false;
    this.#removeOldest();
    return true;
  }

  /** In order of keys, so that nothing depends on the order of insertion. */
  entries(): [string, Value][] {
    return this.#sorted().map(([key, { value }]) => [key, value]);
  }

  values(): Value[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }

  save(saveValue: (value: Value) => Json): Json {
    return this.#sorted().map(([key, { value, seq }]) => [key, seq, saveValue(value)]);
  }

  load(state: Json, loadValue: (state: Json) => Value): void {
    for (const [key, seq, value] of state as [string, number, Json][]) {
      this.#entries.set(key, { value: loadValue(value), seq });
    }
  }

  #sorted(): [string, { value: Value; seq: number }][] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  #removeOldest(): void {
    let oldest: string | null = null;
    let oldestSeq = Number.POSITIVE_INFINITY;
    for (const [key, { seq }] of this.#entries) {
      if (seq < oldestSeq) {
        oldest = key;
        oldestSeq = seq;
      }
    }
    if (oldest !== null) this.#entries.delete(oldest);
  }
}
