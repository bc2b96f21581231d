import type {
  Attempt,
  Delivery,
  DeliveryEffect,
  DeliveryEventData,
  DurableEventName,
  NewEvent,
} from "@hybrid-orchestrator/core";

/** What a decision comes to: the row as it is to be written, and what to tell. Unchanged: the very same object. */
export interface Step {
  readonly effect: DeliveryEffect;
  readonly events: readonly NewEvent[];
}

type DeliveryEventName = Extract<DurableEventName, `delivery.${string}`>;

interface Change {
  readonly now: number;
  readonly delivery: Partial<Delivery>;
  readonly effect?: Partial<Pick<DeliveryEffect, "lane" | "dueAt" | "lease" | "tries">>;
}

export function changed(
  effect: DeliveryEffect,
  { now, delivery, effect: rest = {} }: Change,
): DeliveryEffect {
  return { ...effect, ...rest, updatedAt: now, delivery: { ...effect.delivery, ...delivery } };
}

export function event(
  type: DeliveryEventName,
  effect: DeliveryEffect,
  about: { now: number; channel: string | null },
): NewEvent {
  const { message, status, reason, attempts } = effect.delivery;
  const data: DeliveryEventData = {
    deliveryId: effect.id,
    messageId: message.id,
    status,
    channel: about.channel,
    reason,
    attempts: attempts.length,
    trigger: message.trigger,
  };
  return { type, at: about.now, data };
}

/** The second decision made on the first one's outcome, as one. */
export function followedBy(first: Step, decide: (effect: DeliveryEffect) => Step): Step {
  const second = decide(first.effect);
  return { effect: second.effect, events: [...first.events, ...second.events] };
}

/** The list with one attempt changed. */
export function withAttempt(attempts: readonly Attempt[], id: string, change: Partial<Attempt>): Attempt[] {
  return attempts.map((attempt) => (attempt.id === id ? { ...attempt, ...change } : attempt));
}

/** The attempt that has begun and not ended. There is never more than one. */
export function openAttempt({ delivery }: DeliveryEffect): Attempt | undefined {
  return delivery.attempts.find((attempt) => attempt.endedAt === null);
}

/** How often a channel has been tried since the delivery was created or replayed. */
export function triesOn(channel: string, { attempts, generation }: Delivery): number {
  return attempts.filter((attempt) => attempt.channel === channel && attempt.generation === generation)
    .length;
}

export function including(list: readonly string[], item: string): readonly string[] {
  return list.includes(item) ? list : [...list, item];
}
