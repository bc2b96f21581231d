/** Results by key, each for a limited time, the oldest forgotten first when there are too many. */
export interface Remembered<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  delete(key: string): void;
}

export function createRemembered<Value>(options: {
  readonly maxEntries: number;
  readonly keepMs: number;
  readonly now: () => number;
}): Remembered<Value> {
  const { maxEntries, keepMs, now } = options;
  // A Map keeps the order of insertion, which is also the order of expiry.
  const entries = new Map<string, { readonly value: Value; readonly expiresAt: number }>();
  return {
    get(key) {
      const entry = entries.get(key);
      return entry === undefined || entry.expiresAt <= now() ? undefined : entry.value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, { value, expiresAt: now() + keepMs });
      for (const [oldest, { expiresAt }] of entries) {
        if (entries.size <= maxEntries && expiresAt > now()) break;
        entries.delete(oldest);
      }
    },
    delete: (key) => void entries.delete(key),
  };
}
