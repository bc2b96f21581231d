import type { Attempt, DeliveryEffect } from "@hybrid-orchestrator/core";
import type { AddressState, Slot } from "./address-state.js";
import type { HubViews } from "./views.js";
import { dayOf } from "./zone.js";

/** One delivery's place in one calendar day of an address. */
export interface SlotRef {
  readonly day: string;
  /** The delivery and its generation: what is replayed is another message to whoever gets it. */
  readonly key: string;
}

export interface Reservation extends SlotRef {
  readonly attemptId: string;
  /** Until when the attempt must have begun; from then on others may look what became of it. */
  readonly until: number;
}

export type Reserved =
  | { readonly kind: "reserved"; readonly state: AddressState }
  /** The day is full, or held by another attempt of the delivery; `stale` slots are to be looked up and settled. */
  | {
      readonly kind: "full";
      readonly stale: readonly string[];
      readonly heldUntil: number | null;
    };

/** How many messages the cap of this channel lets through to one address; null: any number. */
export function capFor({ delivery }: DeliveryEffect, channel: string, { policy, channels }: HubViews) {
  if (policy.capExemptUrgencies.includes(delivery.message.urgency)) return null;
  return channels.get(channel)?.maxPerDay ?? null;
}

export function slotRef({ id, delivery }: DeliveryEffect, at: number, { policy }: HubViews): SlotRef {
  const day = dayOf(at, delivery.message.recipient.timeZone ?? policy.defaultTimeZone);
  return { day, key: slotKey(id, delivery.generation) };
}

/** Takes a slot before an attempt begins, so that no two nodes take the last one. */
export function reserveSlot(
  state: AddressState,
  { day, key, attemptId, until }: Reservation,
  { now, limit }: { readonly now: number; readonly limit: number },
): Reserved {
  const slots = state.days[day] ?? {};
  const own = slots[key];
  if (own?.state === "used") return { kind: "reserved", state };
  if (own !== undefined && own.attemptId !== attemptId && own.until > now) {
    return { kind: "full", stale: [], heldUntil: own.until };
  }
  const others = Object.entries(slots).filter(([other]) => other !== key);
  if (others.length < limit) {
    return {
      kind: "reserved",
      state: withSlot(state, { day, key }, { state: "held", attemptId, until }),
    };
  }
  const held = others.flatMap(([other, slot]) =>
    slot.state === "held" ? [{ key: other, until: slot.until }] : [],
  );
  const alive = held.filter((slot) => slot.until > now).map((slot) => slot.until);
  return {
    kind: "full",
    stale: held.filter((slot) => slot.until <= now).map((slot) => slot.key),
    heldUntil: alive.length === 0 ? null : Math.min(...alive),
  };
}

/**
 * Brings an address's slots in line with what became of a delivery's attempts there: what was sent, or may have been,
 * has used its day's slot; what failed, or never began, has not. May be repeated. `attemptId`: the attempt that is known
 * not to begin any more.
 */
export function settleSlots(
  state: AddressState,
  effect: DeliveryEffect,
  {
    channel,
    views,
    now,
    attemptId = null,
  }: {
    readonly channel: string;
    readonly views: HubViews;
    readonly now: number;
    readonly attemptId?: string | null;
  },
): AddressState {
  const { attempts } = effect.delivery;
  const zone = effect.delivery.message.recipient.timeZone ?? views.policy.defaultTimeZone;
  let next = state;
  for (const [day, slots] of Object.entries(state.days)) {
    for (const [key, slot] of Object.entries(slots)) {
      const [deliveryId, generation] = readKey(key);
      if (deliveryId !== effect.id) continue;
      const here = attempts.filter(
        (attempt) =>
          attempt.channel === channel &&
          attempt.generation === generation &&
          dayOf(attempt.startedAt, zone) === day,
      );
      next = settleSlot(next, {
        day,
        key,
        slot,
        attempts: here,
        now,
        ended: attemptId,
      });
    }
  }
  return next;
}

function settleSlot(
  state: AddressState,
  {
    day,
    key,
    slot,
    attempts,
    now,
    ended,
  }: SlotRef & {
    readonly slot: Slot;
    readonly now: number;
    readonly attempts: readonly Attempt[];
    readonly ended: string | null;
  },
): AddressState {
  const arrived = attempts.some(({ outcome }) => outcome === "sent" || outcome === "ambiguous");
  if (arrived) return slot.state === "used" ? state : withSlot(state, { day, key }, { state: "used" });
  if (attempts.some(({ endedAt }) => endedAt === null)) return state;
  const mayBegin =
    slot.state === "held" &&
    slot.until > now &&
    slot.attemptId !== ended &&
    !attempts.some(({ id }) => id === slot.attemptId);
  return mayBegin ? state : withSlot(state, { day, key }, null);
}

/** Which delivery a slot belongs to, to look up what became of it. */
export function deliveryOfSlot(key: string): string {
  return readKey(key)[0];
}

function slotKey(deliveryId: string, generation: number): string {
  return `${deliveryId}:${generation}`;
}

function readKey(key: string): [deliveryId: string, generation: number] {
  const end = key.lastIndexOf(":");
  return [key.slice(0, end), Number(key.slice(end + 1))];
}

function withSlot(state: AddressState, { day, key }: SlotRef, slot: Slot | null): AddressState {
  const { [key]: _before, ...others } = state.days[day] ?? {};
  return {
    ...state,
    days: {
      ...state.days,
      [day]: slot === null ? others : { ...others, [key]: slot },
    },
  };
}
