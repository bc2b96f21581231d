import { setImmediate as nextTurn } from "node:timers/promises";
import { errorMessage, type Sleeper } from "@hybrid-orchestrator/core";
import { earliest } from "../decide/work.js";
import type { Runtime } from "../runtime.js";
import { giveBackStale } from "../staff/capacity.js";

/** Another process may have made something due, or died with a lease; nothing is noticed later than this. */
const longestSleepMs = 250;
/** After the storage has failed. */
const failureSleepMs = 1_000;
const heartbeatMs = 5_000;
/** When a clock is advanced by hand: after this, what found no free slot is looked at again. */
const blockedPauseMs = 1_000;

/**
 * Runs the due loop and the effects loop until it is stopped. Sleeps until the next moment at which there is work, or
 * until a commit of this process makes something due sooner.
 */
export class MainLoop implements Sleeper {
  readonly #runtime: Runtime;
  #running: Promise<void> | null = null;
  #stopping = false;
  #wakeUp: (() => void) | null = null;
  /** The earliest moment that was notified since the last look at the storage. */
  #notified = Number.POSITIVE_INFINITY;
  #sleepsUntil = 0;
  /** When the last look at the storage began: what was due then and is still there waits for something else. */
  #lookedAt = 0;
  #blockedAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  #heartbeatAt = 0;
  #unregister: (() => void) | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  start(): void {
    if (this.#running !== null) return;
    this.#stopping = false;
    const { clock } = this.#runtime.settings;
    // A clock that is advanced by hand calls wake() at the right moments; a loop of timers would only disturb.
    if (clock.register !== undefined) this.#unregister = clock.register(this);
    else this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#unregister?.();
    this.#wakeUp?.();
    await this.#running;
    this.#running = null;
  }

  /** Something has become due at `at`, or earlier than was known. */
  notify(at: number): void {
    if (at < this.#notified) this.#notified = at;
    if (at < this.#sleepsUntil) this.#wakeUp?.();
  }

  async nextWakeAt(): Promise<number | null> {
    const now = this.#runtime.settings.clock.now();
    if (this.#failedAt <= now && now < this.#failedAt + failureSleepMs)
      return this.#failedAt + failureSleepMs;
    try {
      return await this.#nextDueAt(now);
    } catch (error) {
      return this.#failed(error) + failureSleepMs;
    }
  }

  /** Does what is due now and what follows from it, for clocks that are advanced by hand. */
  async wake(): Promise<void> {
    try {
      await this.#work();
    } catch (error) {
      this.#failed(error);
    }
  }

  async #work(): Promise<void> {
    await this.beat();
    for (let quiet = 0; quiet < 20; ) {
      await this.#runtime.shell.idle();
      const worked = await this.#turn();
      quiet = worked > 0 ? 0 : this.#runtime.effectsLoop.inFlight === 0 ? 20 : quiet + 1;
      await nextTurn();
    }
    await this.#runtime.sinks.flush();
    this.#blockedAt = this.#runtime.settings.clock.now();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      let delay = failureSleepMs;
      try {
        await this.beat();
        if ((await this.#turn()) > 0) {
          await nextTurn();
          continue;
        }
        delay = await this.#delay();
      } catch (error) {
        this.#failed(error);
      }
      await this.#sleep(delay);
    }
  }

  async #turn(): Promise<number> {
    this.#notified = Number.POSITIVE_INFINITY;
    this.#lookedAt = this.#runtime.settings.clock.now();
    if (this.#runtime.rulebook().escalation !== null && (await this.#runtime.directory.turn()))
      await giveBackStale(this.#runtime);
    const decided = await this.#runtime.dueLoop.turn();
    const started = await this.#runtime.effectsLoop.turn();
    await this.#runtime.sinks.flush();
    return decided + started + (await this.#runtime.retention.turn());
  }

  async #nextDueAt(now: number): Promise<number | null> {
    if (this.#runtime.dueLoop.searching) return now;
    const { sessions, effects } = await this.#runtime.storage.nextWakeAt();
    const due = earliest(this.#unblocked(sessions, now), this.#unblocked(effects, now));
    // Sessions that are left to other nodes come to this one when those stop telling that they live.
    return this.#runtime.otherRules.length === 0 ? due : earliest(due, this.#heartbeatAt + heartbeatMs);
  }

  /** What was due and could not be done waits for a free slot or the end of its pause, not for this very moment again. */
  #unblocked(dueAt: number | null, now: number): number | null {
    const blocked = dueAt !== null && dueAt <= this.#blockedAt && this.#blockedAt <= now;
    return blocked ? this.#blockedAt + blockedPauseMs : dueAt;
  }

  /** The storage did not do its part; nothing is lost, and it is asked again. Returns when that was. */
  #failed(error: unknown): number {
    this.#failedAt = this.#runtime.settings.clock.now();
    this.#runtime.report("storage.failed", { error: errorMessage(error) });
    return this.#failedAt;
  }

  async #delay(): Promise<number> {
    const { sessions, effects } = await this.#runtime.storage.nextWakeAt();
    // A session that could not be decided is left alone for a while; an effect waits for a free slot, whose end wakes
    // the loop. What has come due since the last look is new.
    const isNew = (at: number | null): at is number => at !== null && at > this.#lookedAt;
    const next = Math.min(...[sessions, effects].filter(isNew));
    return Math.min(longestSleepMs, next - this.#runtime.settings.clock.now());
  }

  async #sleep(delayMs: number): Promise<void> {
    const { clock } = this.#runtime.settings;
    const now = clock.now();
    const delay = Math.min(delayMs, this.#notified - now);
    if (this.#stopping || delay <= 0) return;
    this.#sleepsUntil = now + delay;
    await new Promise<void>((resolve) => {
      const cancel = clock.setTimeout(resolve, delay);
      this.#wakeUp = () => {
        cancel();
        resolve();
      };
    });
    this.#wakeUp = null;
    this.#sleepsUntil = 0;
  }

  /** Says now and then that this node lives, and learns of the others. */
  async beat(): Promise<void> {
    const now = this.#runtime.settings.clock.now();
    if (now >= this.#heartbeatAt && now - this.#heartbeatAt < heartbeatMs) return;
    this.#heartbeatAt = now;
    await this.#runtime.heartbeat(now, 3 * heartbeatMs);
  }
}
