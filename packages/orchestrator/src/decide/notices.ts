import type { Escalation, JsonObject, Recipient, Urgency, WorkerRecord } from "@hybrid-orchestrator/core";
import { shownReason } from "./call-text.js";
import { draftMessage, queueMessage, supersedeDelivery } from "./deliveries.js";
import type { SessionWork } from "./work.js";

export interface Notice {
  readonly text: string;
  readonly urgency: Urgency;
  /** Null: whoever reads on the channel. */
  readonly worker: string | null;
  readonly channel: string | null;
  readonly metadata?: JsonObject;
}

/** Tells a worker, or a place where workers read, something about an escalation. */
export function notify(work: SessionWork, escalation: Escalation, notice: Notice): void {
  queueMessage(
    work,
    draftMessage({
      content: notice.text,
      audience: "worker",
      automated: true,
      subject: `Escalation: ${shownReason(work, escalation)}`.slice(0, 200),
      urgency: notice.urgency,
      channel: notice.channel,
      validWhile: ["active", "paused"],
      // Whether it still makes sense does not depend on who owns the session: it is withdrawn when it is taken.
      whileHuman: "send",
      metadata: { escalationId: escalation.id, ...notice.metadata },
      recipient: notice.worker === null ? null : recipientOf(work, notice.worker),
      reason: `escalation ${escalation.id}`,
    }),
  );
}

/** Calls for help that have not left yet do not leave any more. */
export function withdrawNotices(work: SessionWork, escalation: Escalation, reason: string): void {
  for (const effect of [...work.effects()]) {
    if (effect.kind !== "delivery" || effect.dueAt === null) continue;
    const { message, status } = effect.delivery;
    if (message.metadata.escalationId !== escalation.id || message.metadata.call !== true) continue;
    if (status === "pending") supersedeDelivery(work, effect.id, reason);
  }
}

function recipientOf(work: SessionWork, id: string): Recipient {
  const worker = work.rulebook.escalation?.staff().workers.get(id);
  return worker === undefined ? { id, name: id, available: true } : asRecipient(worker);
}

/** A worker as channels see them. */
export function asRecipient({ id, name, contact }: WorkerRecord): Recipient {
  return { id, name, available: true, ...contact };
}
