import type { Clock, Sleeper } from "@hybrid-orchestrator/core";

export interface VirtualClock extends Clock {
  /** Lets time pass: stops at each moment at which a timer or a sleeper has work, in order, and has it done. */
  advance(milliseconds: number): Promise<void>;
  /** Like {@link advance}, up to this moment, which must not lie in the past. */
  advanceTo(at: number): Promise<void>;
  /** A clock jump, forward or back, as when a machine's time is corrected. Nothing runs; timers keep what is left. */
  set(at: number): void;
  register(sleeper: Sleeper): () => void;
  /** Timers that are set and have not run. */
  readonly pendingTimers: number;
}

interface Timer {
  /** On the monotonic scale, which no jump moves. */
  readonly dueAfter: number;
  readonly callback: () => void;
}

/** So often may things wake up at one moment before that counts as a loop without an end. */
const wakesPerMoment = 100_000;

/** A clock that stands still until a test moves it. Default start: 2025-01-01T00:00:00Z. */
export function virtualClock(start: number = Date.UTC(2025, 0, 1)): VirtualClock {
  let elapsed = 0;
  let offset = start;
  let advancing = false;
  const timers = new Set<Timer>();
  const sleepers = new Set<Sleeper>();

  async function nextWake(): Promise<{ at: number; run: () => void | Promise<void> } | null> {
    let next: { at: number; run: () => void | Promise<void> } | null = null;
    for (const timer of timers) {
      const at = timer.dueAfter + offset;
      if (next === null || at < next.at) next = { at, run: () => runTimer(timer) };
    }
    for (const sleeper of sleepers) {
      const at = await sleeper.nextWakeAt();
      // A sleeper that was removed meanwhile is not woken.
      if (at !== null && sleepers.has(sleeper) && (next === null || at < next.at)) {
        next = { at, run: () => sleeper.wake() };
      }
    }
    return next;
  }

  async function runTimer(timer: Timer): Promise<void> {
    // Asking a sleeper took a while, in which the timer may have been cancelled.
    if (!timers.delete(timer)) return;
    timer.callback();
    await turn();
    // What a timer sets off belongs to its moment, and must be done before time goes on.
    for (const sleeper of sleepers) await sleeper.wake();
  }

  async function advanceTo(target: number): Promise<void> {
    const now = elapsed + offset;
    if (!Number.isFinite(target) || target < now) {
      throw new Error(`Cannot advance to ${target}: the clock stands at ${now}. Use set() to jump back.`);
    }
    if (advancing) throw new Error("The clock is being advanced already. Await the first advance().");
    advancing = true;
    try {
      let wakes = 0;
      // What was started before this call may be about to set a timer.
      await turn();
      for (let next = await nextWake(); next !== null && next.at <= target; next = await nextWake()) {
        if (next.at > elapsed + offset) {
          elapsed = next.at - offset;
          wakes = 0;
        }
        wakes += 1;
        if (wakes > wakesPerMoment) {
          throw new Error(
            `More than ${wakesPerMoment} wakes at ${new Date(elapsed + offset).toISOString()}: a timer or sleeper keeps asking for the same moment.`,
          );
        }
        await next.run();
      }
      if (target > elapsed + offset) elapsed = target - offset;
    } finally {
      advancing = false;
    }
  }

  return {
    now: () => elapsed + offset,
    setTimeout(callback, delayMs) {
      const timer: Timer = { dueAfter: elapsed + Math.max(Number.isNaN(delayMs) ? 0 : delayMs, 0), callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    register(sleeper) {
      sleepers.add(sleeper);
      return () => void sleepers.delete(sleeper);
    },
    advance: (milliseconds) => advanceTo(elapsed + offset + milliseconds),
    advanceTo,
    set(at) {
      if (!Number.isFinite(at)) throw new Error(`Cannot set the clock to ${at}.`);
      offset = at - elapsed;
    },
    get pendingTimers() {
      return timers.size;
    },
  };
}

/** One turn of the event loop, in which promises that are ready go on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
