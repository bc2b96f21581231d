import {
  alertFor,
  newDelivery,
  newDeliveryEffect,
  planBroadcast,
  type Step,
  supersede,
} from "@hybrid-orchestrator/channel-hub";
import {
  createId,
  type Delivery,
  type DeliveryEffect,
  type Message,
  type Recipient,
  type Session,
} from "@hybrid-orchestrator/core";
import { newEffect } from "./effects.js";
import type { SessionWork } from "./work.js";

/** A message that is asked for; who gets it may still be left to the session. */
export type MessageDraft = Omit<Message, "id" | "recipient" | "createdAt"> & {
  readonly recipient: Recipient | null;
};

/** A message of the software's own, with what it does not say for itself. */
export function draftMessage(
  message: Pick<MessageDraft, "content" | "audience" | "automated"> & Partial<MessageDraft>,
): MessageDraft {
  return {
    template: false,
    subject: null,
    urgency: "normal",
    need: null,
    severity: null,
    channel: null,
    validWhile: ["active"],
    whileHuman: "drop",
    kind: "prompt",
    metadata: {},
    recipient: null,
    trigger: null,
    reason: null,
    ...message,
  };
}

/** Writes the intent to deliver a message; it leaves after the commit. */
export function queueMessage(work: SessionWork, draft: MessageDraft): DeliveryEffect {
  return putDelivery(work, newDelivery(makeMessage(work, draft), work.rulebook.hub.views(), work.now));
}

/** The same message on several channels, each delivery for itself. */
export function broadcastMessage(
  work: SessionWork,
  draft: MessageDraft,
  channels: readonly string[] | null,
): DeliveryEffect[] {
  const parts = planBroadcast({
    message: makeMessage(work, draft),
    views: work.rulebook.hub.views(),
    now: work.now,
    ...(channels !== null && { channels }),
  });
  return parts.map(({ delivery }) => putDelivery(work, delivery));
}

function makeMessage(work: SessionWork, draft: MessageDraft): Message {
  const recipient = draft.recipient ?? defaultRecipient(work.session, draft);
  return { ...draft, id: createId(work.now), recipient, createdAt: work.session.evaluatedAt };
}

function putDelivery(work: SessionWork, delivery: Delivery): DeliveryEffect {
  const { id, sessionId, ownershipEpoch } = newEffect(work, "");
  const step = newDeliveryEffect(delivery, { id, sessionId, ownershipEpoch, now: work.now });
  putStep(work, step);
  return step.effect;
}

/** The session's recipient; workers as a whole; or, where nobody is known, whoever uses the session. */
export function defaultRecipient(
  session: Pick<Session, "id" | "recipient">,
  { audience }: Pick<Message, "audience">,
): Recipient {
  if (audience === "worker") return { id: "workers", name: "Workers", available: true };
  return session.recipient ?? { id: session.id, available: true };
}

/** Withdraws a delivery of this decision in favour of a later one. */
export function supersedeDelivery(work: SessionWork, id: string, reason: string): void {
  const effect = work.effect(id);
  if (effect?.kind === "delivery") putStep(work, supersede(effect, reason, work.now));
}

/** Takes over what the hub decided, with what follows from it; the very same effect means that nothing changed. */
export function putStep(work: SessionWork, step: Step): void {
  const { effect, events } = step;
  if (work.effect(effect.id) !== effect) work.putEffect(effect);
  for (const event of events) work.event(event);
  const alert = alertFor(step, work.rulebook.hub.views().policy);
  if (alert !== null) queueMessage(work, { ...alert, recipient: null });
}
