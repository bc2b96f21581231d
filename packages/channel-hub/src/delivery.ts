import {
  type Delivery,
  type DeliveryEffect,
  type Message,
  OrchestratorError,
} from "@hybrid-orchestrator/core";
import { withSkips, wordsFor } from "./advance.js";
import { firstStep } from "./route.js";
import { changed, event, type Step } from "./step.js";
import type { HubViews } from "./views.js";

export interface NewDeliveryOptions {
  /** Only the message's own channel may be used. */
  readonly pinned?: boolean;
}

/** The lane of a delivery that no channel can take. */
export const unroutable = "unroutable";

/** The intent to deliver a message: pending on its first channel, or failed at once when nothing can take it. */
export function newDelivery(
  message: Message,
  views: HubViews,
  now: number,
  { pinned = false }: NewDeliveryOptions = {},
): Delivery {
  const { step, skips } = firstStep({ message, views, pinned });
  return {
    message,
    pinned,
    status: step === null ? "failed" : "pending",
    reason: step === null ? wordsFor(skips) : null,
    attempts: [],
    skips: withSkips([], skips, now),
    nextChannel: step?.channel ?? null,
    exhausted: [],
    channelDeadlineAt: null,
    deadlineAt: now + views.policy.deadlineMs[message.urgency],
    generation: 1,
  };
}

/** The effect row around a new delivery, due at once, and its events: `delivery.queued` or `delivery.failed`. */
export function newDeliveryEffect(
  delivery: Delivery,
  row: Pick<DeliveryEffect, "id" | "sessionId" | "ownershipEpoch"> & { readonly now: number },
): Step {
  const { now, ...ids } = row;
  const effect: DeliveryEffect = {
    ...ids,
    kind: "delivery",
    lane: deliveryLane(delivery),
    dueAt: delivery.status === "pending" ? now : null,
    lease: null,
    tries: 0,
    createdAt: now,
    updatedAt: now,
    delivery,
  };
  const type = delivery.status === "pending" ? "delivery.queued" : "delivery.failed";
  return { effect, events: [event(type, effect, { now, channel: delivery.nextChannel })] };
}

/** Where a delivery waits in line: its next channel. */
export function deliveryLane(delivery: Delivery): string {
  return delivery.nextChannel ?? unroutable;
}

/** The same for every try on one channel, until the delivery is replayed. */
export function idempotencyKey(effect: DeliveryEffect, channel: string): string {
  return `${effect.id}:${effect.delivery.generation}:${channel}`;
}

/**
 * A dead letter set free again, with a new deadline and all channels open to it. Somebody asked for this by hand, so
 * it may reach a person twice where an earlier attempt was ambiguous.
 * @throws OrchestratorError `invalid_delivery_state` unless it has failed.
 */
export function replay(
  effect: DeliveryEffect,
  { now, views }: { readonly now: number; readonly views: HubViews },
): Step {
  const { message, pinned, status, generation, skips } = effect.delivery;
  if (status !== "failed") {
    throw new OrchestratorError(
      "invalid_delivery_state",
      `Delivery ${effect.id} is ${status}. Only failed deliveries can be replayed.`,
    );
  }
  const fresh = newDelivery(message, views, now, { pinned });
  const replayed = changed(effect, {
    now,
    delivery: {
      status: fresh.status,
      reason: fresh.reason,
      skips: withSkips(skips, fresh.skips, now),
      nextChannel: fresh.nextChannel,
      exhausted: [],
      channelDeadlineAt: null,
      deadlineAt: fresh.deadlineAt,
      generation: generation + 1,
    },
    effect: { lane: deliveryLane(fresh), dueAt: fresh.status === "pending" ? now : null, lease: null },
  });
  const about = { now, channel: fresh.nextChannel };
  const events = [event("delivery.replayed", replayed, about)];
  if (fresh.status === "failed") events.push(event("delivery.failed", replayed, about));
  return { effect: replayed, events };
}

/** Withdraws a delivery in favour of a later one. One that has begun to leave, or has ended, stays as it is. */
export function supersede(effect: DeliveryEffect, reason: string, now: number): Step {
  if (effect.delivery.status !== "pending") return { effect, events: [] };
  const superseded = changed(effect, {
    now,
    delivery: { status: "superseded", reason, nextChannel: null },
    effect: { dueAt: null },
  });
  return { effect: superseded, events: [event("delivery.superseded", superseded, { now, channel: null })] };
}
