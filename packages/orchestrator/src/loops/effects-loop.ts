import { type ClaimedEffect, errorMessage } from "@hybrid-orchestrator/core";
import type { Runtime } from "../runtime.js";
import { runAction } from "./action-runner.js";
import { runAgentCall } from "./agent-runner.js";

export interface EffectRef {
  readonly sessionId: string;
  readonly effectId: string;
  readonly lane: string;
}

/** Agent calls and custom actions of one name that run side by side. */
const laneWidth = 8;
/** Work from lanes that this node knows nothing of, e.g. a channel that is no longer registered. */
const otherWidth = 16;
/** How long an effect that could not even be begun is left alone. */
const pauseMs = 1_000;

/** Starts what is due of deliveries, agent calls and actions, as far as there are free slots. */
export class EffectsLoop {
  readonly #runtime: Runtime;
  readonly #running = new Map<string, { readonly lane: string; readonly promise: Promise<void> }>();
  readonly #pausedUntil = new Map<string, number>();
  #controller = new AbortController();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get inFlight(): number {
    return this.#running.size;
  }

  /** Claims and starts; returns how many were started. Does not wait for them. */
  async turn(): Promise<number> {
    const { storage, settings, node } = this.#runtime;
    const now = settings.clock.now();
    const claimed = await storage.claimEffects({
      now,
      holder: node,
      leaseMs: settings.agentTimeoutMs,
      ...this.#lanes(),
    });
    let started = 0;
    for (const effect of claimed) {
      if (this.#running.has(effect.id) || this.#isPaused(effect.id, now)) continue;
      this.#start(effect);
      started += 1;
    }
    return started;
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0)
      await Promise.all([...this.#running.values()].map(({ promise }) => promise));
  }

  /** Waits for what runs, then interrupts it. What is interrupted comes back when its lease runs out. */
  async stop(graceMs: number): Promise<void> {
    const { clock } = this.#runtime.settings;
    let cancel: () => void = () => undefined;
    const grace = new Promise<void>((resolve) => {
      cancel = clock.setTimeout(resolve, graceMs);
    });
    await Promise.race([this.idle(), grace]);
    cancel();
    this.#controller.abort();
    await this.#runtime.dispatcher.stop(0);
    await this.idle();
    this.#controller = new AbortController();
    this.#runtime.dispatcher = this.#runtime.newDispatcher();
  }

  #lanes(): { readonly lanes: Record<string, number>; readonly otherLanes: number } {
    const { dispatcher, registry } = this.#runtime;
    // What runs here is still offered until its begin is committed, so there must be room for it in the answer.
    const lanes: Record<string, number> = {};
    for (const [channel, free] of Object.entries(dispatcher.capacity()))
      lanes[channel] = free === 0 ? 0 : free + this.#runningIn(channel);
    for (const name of registry.agents.names()) lanes[`agent:${name}`] = laneWidth;
    for (const name of registry.actions.names()) lanes[`action:${name}`] = laneWidth;
    return { lanes, otherLanes: otherWidth };
  }

  #runningIn(lane: string): number {
    let count = 0;
    for (const running of this.#running.values()) if (running.lane === lane) count += 1;
    return count;
  }

  #start(effect: ClaimedEffect): void {
    const promise = this.#run(effect).finally(() => {
      this.#running.delete(effect.id);
      this.#runtime.wakeLoop();
    });
    this.#running.set(effect.id, { lane: effect.lane, promise });
  }

  async #run(effect: ClaimedEffect): Promise<void> {
    const ref: EffectRef = { sessionId: effect.sessionId, effectId: effect.id, lane: effect.lane };
    try {
      switch (effect.kind) {
        case "delivery":
          return await this.#runtime.dispatcher.dispatch(ref);
        case "agent":
          return await runAgentCall(this.#runtime, ref, this.#controller.signal);
        case "action":
          return await runAction(this.#runtime, ref, this.#controller.signal);
      }
    } catch (error) {
      this.#pausedUntil.set(effect.id, this.#runtime.settings.clock.now() + pauseMs);
      this.#runtime.settings.logger.error("An effect could not be run.", {
        effectId: effect.id,
        kind: effect.kind,
        error: errorMessage(error),
      });
    }
  }

  #isPaused(id: string, now: number): boolean {
    const until = this.#pausedUntil.get(id);
    if (until === undefined) return false;
    if (until > now) return true;
    this.#pausedUntil.delete(id);
    return false;
  }
}
