import type { Entry } from "./entry.js";

/**
 * The entries of all sessions that are in memory, bounded by the bytes that their work holds. The first to go are those
 * that have not been used since they were last looked at (the clock algorithm); an entry with inputs is never evicted.
 */
export class EntryCache {
  readonly #entries = new Map<string, Entry>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get stats(): { readonly sessions: number; readonly bytes: number } {
    return { sessions: this.#entries.size, bytes: this.#bytes };
  }

  /** The session's entry, made where there is none. */
  entry(id: string): Entry {
    const existing = this.#entries.get(id);
    if (existing !== undefined) return existing;
    const entry: Entry = {
      id,
      work: null,
      freshFor: 0,
      waiting: [],
      busy: false,
      conflicts: 0,
      bytes: 0,
      used: false,
    };
    this.#entries.set(id, entry);
    return entry;
  }

  find(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** Says that the entry has just been used and how much it holds now. */
  touch(entry: Entry): void {
    if (entry.work === null && entry.waiting.length === 0) {
      this.#drop(entry);
      return;
    }
    const bytes = entry.work?.sizeBytes ?? 0;
    this.#bytes += bytes - entry.bytes;
    entry.bytes = bytes;
    entry.used = true;
    if (this.#bytes > this.#maxBytes) this.#evict();
  }

  /** Drops every work that no input waits for. */
  clear(): void {
    for (const entry of this.#entries.values()) this.#drop(entry);
  }

  #evict(): void {
    // In the order of insertion; what has been used since the last look goes to the end, where this look meets it again.
    for (const entry of this.#entries.values()) {
      if (this.#bytes <= this.#maxBytes) return;
      if (entry.used) {
        entry.used = false;
        this.#entries.delete(entry.id);
        this.#entries.set(entry.id, entry);
      } else this.#drop(entry);
    }
  }

  #drop(entry: Entry): void {
    if (entry.busy || entry.waiting.length > 0) return;
    entry.work = null;
    this.#bytes -= entry.bytes;
    entry.bytes = 0;
    this.#entries.delete(entry.id);
  }
}
