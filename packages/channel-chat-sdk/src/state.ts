import type { Lock, QueueEntry, StateAdapter } from "chat";

interface Entry {
  readonly value: unknown;
  readonly expiresAt: number;
}

/** Ids of events and names of users: some 20 MB when all are taken. */
const maxEntries = 100_000;

/**
 * What adapters remember between requests, in memory: the ids of events they saw, who is called how. The oldest makes
 * room. What is answered only once is known to the orchestrator, which keeps that in its storage.
 */
export function memoryState({ now }: { now(): number }): StateAdapter {
  const entries = new Map<string, Entry>();
  let tokens = 0;

  function read(key: string): unknown {
    const entry = entries.get(key);
    if (entry !== undefined && entry.expiresAt > now()) return entry.value;
    entries.delete(key);
    return undefined;
  }

  function write(key: string, value: unknown, ttlMs = Number.POSITIVE_INFINITY): void {
    entries.delete(key);
    entries.set(key, { value, expiresAt: now() + ttlMs });
    if (entries.size <= maxEntries) return;
    for (const oldest of entries.keys()) {
      entries.delete(oldest);
      break;
    }
  }

  function list<Value>(key: string): Value[] {
    return (read(key) as Value[] | undefined) ?? [];
  }

  return {
    connect: async () => undefined,
    disconnect: async () => undefined,

    get: async <Value>(key: string) => (read(key) ?? null) as Value | null,
    set: async (key, value, ttlMs) => write(key, value, ttlMs),
    delete: async (key) => void entries.delete(key),
    async setIfNotExists(key, value, ttlMs) {
      if (read(key) !== undefined) return false;
      write(key, value, ttlMs);
      return true;
    },

    async appendToList(key, value, { maxLength = maxEntries, ttlMs } = {}) {
      write(key, [...list(key), value].slice(-maxLength), ttlMs);
    },
    getList: async <Value>(key: string) => list<Value>(key),

    subscribe: async (threadId) => write(`subscribed:${threadId}`, true),
    unsubscribe: async (threadId) => void entries.delete(`subscribed:${threadId}`),
    isSubscribed: async (threadId) => read(`subscribed:${threadId}`) === true,

    async acquireLock(threadId, ttlMs) {
      const key = `lock:${threadId}`;
      if (read(key) !== undefined) return null;
      tokens += 1;
      const lock: Lock = { threadId, token: String(tokens), expiresAt: now() + ttlMs };
      write(key, lock.token, ttlMs);
      return lock;
    },
    async extendLock({ threadId, token }, ttlMs) {
      if (read(`lock:${threadId}`) !== token) return false;
      write(`lock:${threadId}`, token, ttlMs);
      return true;
    },
    async releaseLock({ threadId, token }) {
      if (read(`lock:${threadId}`) === token) entries.delete(`lock:${threadId}`);
    },
    forceReleaseLock: async (threadId) => void entries.delete(`lock:${threadId}`),

    async enqueue(threadId, entry, maxSize) {
      const queue = [...list<QueueEntry>(`queue:${threadId}`), entry].slice(-maxSize);
      write(`queue:${threadId}`, queue);
      return queue.length;
    },
    async dequeue(threadId) {
      const [first, ...rest] = list<QueueEntry>(`queue:${threadId}`);
      write(`queue:${threadId}`, rest);
      return first ?? null;
    },
    queueDepth: async (threadId) => list(`queue:${threadId}`).length,
  };
}

/** The same state; `onClaim` is told of each key that was not there before and is now claimed. */
export function claimsOf(state: StateAdapter, onClaim: (key: string) => void): StateAdapter {
  const setIfNotExists: StateAdapter["setIfNotExists"] = async (key, value, ttlMs) => {
    const isClaimed = await state.setIfNotExists(key, value, ttlMs);
    if (isClaimed) onClaim(key);
    return isClaimed;
  };
  // Its methods are called on the state itself, which may be a class with private members.
  return new Proxy(state, {
    get(target, property) {
      if (property === "setIfNotExists") return setIfNotExists;
      const member: unknown = Reflect.get(target, property);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
