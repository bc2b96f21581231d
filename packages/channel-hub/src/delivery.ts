import {
  type Delivery,
  type DeliveryEffect,
  type Message,
  OrchestratorError,
} from "@hybrid-orchestrator/core";
import { withSkips } from "./advance.js";
import { type Choice, choose } from "./choose.js";
import { changed, event, type Step } from "./step.js";
import type { HubViews } from "./views.js";

export interface NewDeliveryOptions {
  /** Only the message's own channel may be used. */
  readonly pinned?: boolean;
}

/** The lane of a delivery that no channel can take. */
export const unroutable = "unroutable";

/**
 * The intent to deliver a message: pending on its first channel, or ended at once when nothing can take it (`failed`)
 * or quiet hours do not let a prompt through (`expired`). What has to wait is told so when it is first looked at.
 */
export function newDelivery(
  message: Message,
  views: HubViews,
  now: number,
  { pinned = false }: NewDeliveryOptions = {},
): Delivery {
  const { policy } = views;
  const deadlineAt = now + policy.deadlineMs[message.urgency];
  const channelDeadlineAt = now + policy.channelDeadlineMs[message.urgency];
  const choice = choose({
    message,
    views,
    now,
    pinned,
    deadlineAt,
    channelDeadlineAt,
    tried: false,
  });
  return {
    message,
    pinned,
    ...planned(choice),
    attempts: [],
    skips: withSkips([], choice.skips, now),
    exhausted: [],
    channelDeadlineAt: null,
    deadlineAt,
    generation: 1,
  };
}

function planned(choice: Choice): Pick<Delivery, "status" | "reason" | "nextChannel"> {
  switch (choice.kind) {
    case "go":
      return {
        status: "pending",
        reason: null,
        nextChannel: choice.step.channel,
      };
    case "wait": {
      const { channel } = choice.step;
      return {
        status: "pending",
        reason: `${channel} ${choice.obstacle.reason}`,
        nextChannel: channel,
      };
    }
    case "stop":
      return {
        status: choice.status,
        reason: choice.reason,
        nextChannel: null,
      };
  }
}

/** The effect row around a new delivery, due at once, and its event: queued, expired or failed. */
export function newDeliveryEffect(
  delivery: Delivery,
  row: Pick<DeliveryEffect, "id" | "sessionId" | "ownershipEpoch"> & { readonly now: number },
): Step {
  const { now, id, sessionId, ownershipEpoch } = row;
  const effect: DeliveryEffect = {
    id,
    sessionId,
    ownershipEpoch,
    kind: "delivery",
    lane: deliveryLane(delivery),
    dueAt: delivery.status === "pending" ? now : null,
    lease: null,
    tries: 0,
    createdAt: now,
    updatedAt: now,
    delivery,
  };
  return {
    effect,
    events: [event(toldOf(delivery), effect, { now, channel: delivery.nextChannel })],
  };
}

function toldOf({ status }: Delivery): "delivery.queued" | "delivery.expired" | "delivery.failed" {
  if (status === "pending") return "delivery.queued";
  return status === "expired" ? "delivery.expired" : "delivery.failed";
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
  if (fresh.status !== "pending") events.push(event(toldOf(fresh), replayed, about));
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
