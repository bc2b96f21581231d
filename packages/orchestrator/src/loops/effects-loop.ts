import { type ClaimedEffect, errorMessage } from "@hybrid-orchestrator/core";
import type { Runtime } from "../runtime.js";
import { runAction } from "./action-runner.js";
import { runAgentCall } from "./agent-runner.js";
import { Lanes } from "./lanes.js";
import { Pauses } from "./pauses.js";
import { runRewrite } from "./rewrite-runner.js";
import { runStaffing } from "./staffing-runner.js";
import { runToolCall } from "./tool-runner.js";

export interface EffectRef {
  readonly sessionId: string;
  readonly effectId: string;
  readonly lane: string;
}

/** How long an effect that could not even be begun is left alone. */
const pauseMs = 1_000;

/** Starts what is due of deliveries, agent calls and actions, as far as there are free slots. */
export class EffectsLoop {
  readonly #runtime: Runtime;
  readonly #lanes = new Lanes();
  readonly #running = new Map<string, Promise<void>>();
  /** Of those, whose begin is not known to be committed, by id, with their lanes. */
  readonly #beginning = new Map<string, string>();
  readonly #pauses = new Pauses(pauseMs);
  #controller = new AbortController();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get inFlight(): number {
    return this.#running.size;
  }

  /** Claims and starts; returns how many were started. Does not wait for them. */
  async turn(): Promise<number> {
    const { storage, settings, node, registry, dispatcher } = this.#runtime;
    const now = settings.clock.now();
    const named = [
      ...registry.agents.names().map((name) => `agent:${name}`),
      ...registry.actions.names().map((name) => `action:${name}`),
      ...registry.tools.names().map((name) => `tool:${name}`),
      "staffing",
      "rewrite",
    ];
    const lanes = this.#lanes.claim({
      channels: dispatcher.capacity(),
      named,
      paused: this.#pauses.size,
    });
    const claimed = await storage.claimEffects({
      now,
      holder: node,
      leaseMs: settings.agentTimeoutMs,
      ...lanes,
    });
    let started = 0;
    for (const effect of claimed) {
      if (
        this.#running.has(effect.id) ||
        this.#pauses.isPaused(effect.id, now) ||
        !this.#lanes.hasRoom(effect.lane)
      )
        continue;
      this.#start(effect);
      started += 1;
    }
    return started;
  }

  /** The begin of a started effect is committed: it need not be looked for among what is due. */
  begun(effectId: string): void {
    const lane = this.#beginning.get(effectId);
    if (lane !== undefined && this.#beginning.delete(effectId)) this.#lanes.begun(lane);
  }

  /** Leaves an effect alone for a moment, because it could not even be begun. */
  pause(effectId: string): void {
    this.#pauses.pause(effectId, this.#runtime.settings.clock.now());
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
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

  #start(effect: ClaimedEffect): void {
    this.#lanes.enter(effect.lane);
    this.#beginning.set(effect.id, effect.lane);
    const promise = this.#run(effect).finally(() => {
      this.#lanes.leave(effect.lane, { hadBegun: !this.#beginning.delete(effect.id) });
      this.#running.delete(effect.id);
      this.#runtime.wakeLoop();
    });
    this.#running.set(effect.id, promise);
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
        case "staffing":
          return await runStaffing(this.#runtime, ref);
        case "rewrite":
          return await runRewrite(this.#runtime, ref, this.#controller.signal);
        case "tool":
          return await runToolCall(this.#runtime, ref, this.#controller.signal);
      }
    } catch (error) {
      this.pause(effect.id);
      this.#runtime.settings.logger.error("An effect could not be run.", {
        effectId: effect.id,
        kind: effect.kind,
        error: errorMessage(error),
      });
    }
  }
}
