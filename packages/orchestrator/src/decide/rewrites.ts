import {
  type DeliveryEffect,
  type Escalation,
  hasEnded,
  type RewriteEffect,
} from "@hybrid-orchestrator/core";
import { shownReason } from "./call-text.js";
import { newEffect } from "./effects.js";
import type { SessionWork } from "./work.js";

/** Calls that have left are to say this instead, where a channel can rewrite what it sent. */
export function rewriteNotices(work: SessionWork, { id, progress }: Escalation, text: string): void {
  if (progress.told.length > 0 || progress.toldChannel) put(work, id, text);
}

/** A call that was under way when it was withdrawn is known to have left only now. */
export function rewriteLate(work: SessionWork, { delivery }: DeliveryEffect): void {
  const { escalationId, call, claimEpoch } = delivery.message.metadata;
  if (call !== true || typeof escalationId !== "string") return;
  const escalation = work.escalation(escalationId);
  // Only one that has ended is not among those that were loaded.
  if (escalation === undefined) {
    put(work, escalationId, "It is over.");
    return;
  }
  const { holder, outcome, status } = escalation;
  if (!hasEnded(status) && escalation.claimEpoch === claimEpoch) return;
  const name = holder === null ? null : work.rulebook.escalation?.staff().workers.get(holder.worker)?.name;
  const now = holder === null ? (outcome ?? "It has changed hands") : `${name ?? holder.worker} has it`;
  put(work, escalationId, `${now}: ${shownReason(work, escalation)}`);
}

function put(work: SessionWork, escalationId: string, text: string): void {
  const { hub } = work.rulebook;
  if (!hub.list().some(({ name }) => hub.get(name)?.update !== undefined)) return;
  // Whoever is at work on an older text may have looked already.
  const waiting = [...work.effects()].find(
    (effect): effect is RewriteEffect =>
      effect.kind === "rewrite" &&
      effect.rewrite.escalationId === escalationId &&
      effect.dueAt !== null &&
      effect.lease === null,
  );
  const effect = waiting ?? newEffect(work, "rewrite");
  const rewrite = { escalationId, text, done: [], status: "pending" } as const;
  work.putEffect({ ...effect, kind: "rewrite", dueAt: work.now, rewrite });
}
