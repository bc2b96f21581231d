import {
  type ChannelView,
  capFor,
  engaged,
  type KillSwitch,
  type Obstacle,
  type Obstacles,
  obstacleFor,
  type Passage,
  type Reservation,
  reserveSlot,
  slotRef,
  stoppedBy,
  wordsFor,
} from "@hybrid-orchestrator/channel-hub";
import type { DeliveryEffect } from "@hybrid-orchestrator/core";
import type { Runtime } from "../runtime.js";
import { addressOf } from "./addresses.js";

/** What a delivery needs to know, and has taken, before an attempt of it may begin in its lane. */
export interface Admission {
  readonly obstacles: Obstacles;
  /** Why nothing of it may leave. */
  readonly withheld: string | null;
  /** Whether an attempt may begin in its lane: nothing known is in the way, and all that it costs is taken. */
  readonly admitted: boolean;
  /** The slot in the day's cap, where there is a cap. */
  readonly reservation: Reservation | null;
  /** No attempt has begun: gives back what was taken, and keeps the place in the queue of those who wait. */
  withdraw(effect: DeliveryEffect | null): Promise<void>;
}

/** A slot that somebody else holds is asked for again so soon. */
const slotPauseMs = 2_000;

/** Looks at everything outside the session that may stand in the way, and takes what an attempt costs. */
export async function admit(
  runtime: Runtime,
  {
    effect,
    workflow,
    attemptId,
  }: {
    readonly effect: DeliveryEffect;
    readonly workflow: string;
    readonly attemptId: string;
  },
): Promise<Admission> {
  const { gates, hub, settings, killSwitches, addresses } = runtime;
  const views = hub.views();
  const { message, exhausted, pinned } = effect.delivery;
  const switches = await killSwitches.list();
  const withheld = stoppedBy(switches, workflow, message);
  const view = views.channels.get(effect.lane);
  const refused = (obstacles: Obstacles): Admission => ({
    obstacles,
    withheld,
    admitted: false,
    reservation: null,
    withdraw: () => Promise.resolve(),
  });
  if (withheld !== null || view === undefined)
    return refused(withheld === null ? await obstaclesFor(runtime, effect, switches) : new Map());

  const durable = await durableObstacles(runtime, { effect, view, switches });
  // From here to `enter` nothing is awaited, so that no two deliveries pass for one token or as one probe.
  const now = settings.clock.now();
  const passage: Passage = {
    view,
    destination: view.destination(message.recipient),
    deliveryId: effect.id,
    now,
  };
  const found = [...durable, ...gates.obstacles(passage)];
  const input = { message, views, now, pinned, exhausted, obstacles: new Map([[view.name, found]]) };
  const obstacle = obstacleFor(view.name, input);
  if (obstacle !== null) {
    const obstacles = new Map(await obstaclesFor(runtime, effect, switches)).set(view.name, found);
    if (obstacle.kind !== "rate") return refused(obstacles);
    const { until } = obstacle;
    return { ...refused(obstacles), withdraw: async () => gates.wait(passage, until) };
  }

  const giveBack = gates.enter(passage, attemptId);
  const limit = capFor(effect, view.name, views);
  const address = addressOf(view, message.recipient);
  let reservation: Reservation | null = null;
  if (limit !== null) {
    const until = now + view.timeoutMs + views.policy.leaseMarginMs;
    reservation = { ...slotRef(effect, now, views), attemptId, until };
    try {
      const full = await addresses.reserve(address, reservation, { now, limit });
      if (full !== null) {
        giveBack(settings.clock.now());
        const others = new Map(await obstaclesFor(runtime, effect, switches));
        return refused(others.set(view.name, [capObstacle(full.heldUntil, { now, limit })]));
      }
    } catch (error) {
      giveBack(settings.clock.now());
      throw error;
    }
  }
  return {
    obstacles: input.obstacles,
    withheld,
    admitted: true,
    reservation,
    async withdraw(current) {
      giveBack(settings.clock.now());
      if (limit !== null) await addresses.settle(current ?? effect, view.name, attemptId);
    },
  };
}

/** What stands in the way of each channel just now, without taking anything. */
export async function obstaclesFor(
  runtime: Runtime,
  effect: DeliveryEffect,
  switches: readonly KillSwitch[],
): Promise<Obstacles> {
  const { hub, gates, settings } = runtime;
  const { recipient } = effect.delivery.message;
  const entries = [...hub.views().channels.values()].map(async (view) => {
    const durable = await durableObstacles(runtime, { effect, view, switches });
    const destination = view.destination(recipient);
    const passage = { view, destination, deliveryId: effect.id, now: settings.clock.now() };
    return [view.name, [...durable, ...gates.obstacles(passage)]] as const;
  });
  return new Map(await Promise.all(entries));
}

/** Whether an attempt that has just been committed may leave: a switch or an opt-out may have come in between. */
export async function stoppedMeanwhile(
  runtime: Runtime,
  effect: DeliveryEffect,
  { workflow, channel }: { readonly workflow: string; readonly channel: string },
): Promise<string | null> {
  const switches = await runtime.killSwitches.list();
  const withheld = stoppedBy(switches, workflow, effect.delivery.message);
  if (withheld !== null) return withheld;
  const byChannel = engaged(switches, "channel", channel);
  if (byChannel !== undefined) return wordsFor(byChannel);
  const view = runtime.hub.views().channels.get(channel);
  if (view === undefined) return null;
  const { suppression } = await runtime.addresses.read(addressOf(view, effect.delivery.message.recipient));
  return suppression === null ? null : suppressedWords(suppression.reason);
}

async function durableObstacles(
  runtime: Runtime,
  {
    effect,
    view,
    switches,
  }: {
    readonly effect: DeliveryEffect;
    readonly view: ChannelView;
    readonly switches: readonly KillSwitch[];
  },
): Promise<Obstacle[]> {
  const found: Obstacle[] = [];
  const killed = engaged(switches, "channel", view.name);
  if (killed !== undefined) found.push({ kind: "killed", reason: `is off: ${wordsFor(killed)}` });
  const state = await runtime.addresses.read(addressOf(view, effect.delivery.message.recipient));
  if (state.suppression !== null)
    found.push({ kind: "suppressed", reason: suppressedWords(state.suppression.reason) });
  const views = runtime.hub.views();
  const limit = capFor(effect, view.name, views);
  if (limit === null) return found;
  const now = runtime.settings.clock.now();
  const asked = reserveSlot(
    state,
    { ...slotRef(effect, now, views), attemptId: "", until: now },
    { now, limit },
  );
  // Slots that may have come free are settled when one is really taken.
  if (asked.kind === "full" && asked.stale.length === 0)
    found.push(capObstacle(asked.heldUntil, { now, limit }));
  return found;
}

function capObstacle(
  heldUntil: number | null,
  { now, limit }: { readonly now: number; readonly limit: number },
): Obstacle {
  if (heldUntil === null)
    return { kind: "capped", reason: `has used up its ${limit} for this address today` };
  const until = Math.min(heldUntil, now + slotPauseMs);
  return { kind: "slot", reason: "has others under way to this address that may use up its cap", until };
}

function suppressedWords(reason: string): string {
  return `must not be used for this address: ${reason}`;
}
