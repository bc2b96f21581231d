/** Time, injected. All points in time are milliseconds since the Unix epoch. */
export interface Clock {
  now(): number;
  /** Calls `callback` once after `delayMs`; the returned function cancels. */
  setTimeout(callback: () => void, delayMs: number): () => void;
  /**
   * Only on clocks that are advanced by hand: tells the clock of something that has work at certain moments, so that
   * advancing stops at each of them. The returned function ends it.
   */
  register?(sleeper: Sleeper): () => void;
}

export interface Sleeper {
  /** The next moment at which there is work, or null. */
  nextWakeAt(): Promise<number | null>;
  /** Does all work that is due now, and what follows from it. May be called when nothing is. */
  wake(): Promise<void>;
}

// Node fires a longer timeout at once.
const longestTimeoutMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(callback, delayMs) {
    const timer = setTimeout(callback, Math.min(Math.max(delayMs, 0), longestTimeoutMs));
    return () => clearTimeout(timer);
  },
};
