import { type Escalation, OrchestratorError, type WorkerRecord } from "@hybrid-orchestrator/core";
import { isGone, isTransferredTo, requireEligible } from "../staff/staff.js";
import { meetSla, resumeSla } from "../time/sla.js";
import type { Context } from "./context.js";
import { dropOffers, dropTransfer } from "./end.js";
import { runLevels } from "./levels.js";
import { endTransfer, requireOpen } from "./offer.js";
import { type Step, Transition } from "./step.js";

export interface ClaimRequest {
  /** Whose capacity has been reserved. */
  readonly worker: WorkerRecord;
  /** The claim epoch that the worker saw; a later one means that it changed hands since. */
  readonly claimEpoch?: number;
  /** A human's word on any surface takes over whatever the queue says. */
  readonly force?: boolean;
}

/**
 * A worker takes it: other offers end, the policy pauses. Of several at once one wins, and the others learn who has it.
 * Whoever holds it already changes nothing.
 * @throws OrchestratorError `escalation_ended`, `escalation_taken`, `stale_epoch`, `not_eligible`
 */
export function claim(escalation: Escalation, request: ClaimRequest, context: Context): Step {
  requireOpen(escalation);
  const { worker, claimEpoch, force = false } = request;
  const { now } = context;
  const transition = new Transition(escalation, now);
  const { holder, transfer } = escalation;
  if (holder?.worker === worker.id) return transition.done();
  const accepts = transfer !== null && isTransferredTo(transfer, worker);
  if (holder !== null && !accepts) throw taken(escalation, holder.worker, context);
  if (claimEpoch !== undefined && claimEpoch !== escalation.claimEpoch)
    throw new OrchestratorError(
      "stale_epoch",
      `Escalation ${escalation.id} has been claimed and released since (epoch ${escalation.claimEpoch}, not ${claimEpoch}). Read it again.`,
    );
  if (!force) requireEligible(escalation, worker);
  if (holder !== null) handOver(transition, worker, context);
  else take(transition, worker, context);
  return transition.done();
}

function take(transition: Transition, worker: WorkerRecord, context: Context): void {
  const { now } = context;
  const { progress, kind } = transition.escalation;
  const { dueAt } = progress;
  dropOffers(transition, worker.id);
  hold(transition, worker, context);
  transition.progress({
    dueAt: null,
    remainingMs: dueAt === null ? null : Math.max(0, dueAt - now),
    held: false,
  });
  transition.set({
    status: "claimed",
    slas: transition.escalation.slas.map((sla) => (sla.target === "accept" ? meetSla(sla, now) : sla)),
  });
  transition.event("escalation.claimed", { worker: worker.id });
  transition.add({ type: "settle", worker: worker.id });
  transition.add({ type: "withdraw", reason: `${worker.name} has it`, except: worker.id });
  if (kind === "takeover") owned(transition, worker);
}

/** The new holder has accepted; until now the old one kept it. */
function handOver(transition: Transition, worker: WorkerRecord, context: Context): void {
  const { holder, kind, status } = transition.escalation;
  const from = holder?.worker ?? null;
  dropTransfer(transition);
  transition.set({ transfers: transition.escalation.transfers + 1 });
  hold(transition, worker, context);
  transition.event("escalation.transferred", { worker: worker.id, details: { from } });
  if (status === "waiting") wake(transition, context.now);
  if (from !== null) {
    transition.add({ type: "settle", worker: from });
    transition.add({ type: "tell", worker: from, text: `${worker.name} has taken it over from you.` });
  }
  transition.add({ type: "settle", worker: worker.id });
  if (kind === "takeover") owned(transition, worker);
}

function hold(transition: Transition, worker: WorkerRecord, { now, staff }: Context): void {
  const { policy, claimedAt, claimEpoch } = transition.escalation;
  const { acknowledgeSeconds } = policy;
  transition.set({
    holder: {
      worker: worker.id,
      since: now,
      acknowledgeBy: acknowledgeSeconds === null ? null : now + Math.round(acknowledgeSeconds * 1_000),
    },
    lastHolder: worker.id,
    claimEpoch: claimEpoch + 1,
    claimedAt: claimedAt ?? now,
    checkAt: now + staff.presenceGraceMs,
  });
}

function owned(transition: Transition, worker: WorkerRecord): void {
  transition.add({
    type: "owner",
    owner: "human",
    worker: worker.id,
    announcement: "human",
    text: null,
    reason: `${worker.name} has taken over`,
  });
}

/**
 * The holder is gone, was silent for too long, or gives it back: it waits for somebody again, never silently for the AI.
 */
export function release(
  transition: Transition,
  { reason, lost }: { readonly reason: string; readonly lost: boolean },
  context: Context,
): void {
  const { now, staff } = context;
  const { holder, kind, status, progress, policy, claimEpoch, releases } = transition.escalation;
  if (holder === null) return;
  if (status === "waiting") wake(transition, now);
  endTransfer(transition, { worker: null, reason: "the holder let go of it" });
  transition.set({
    status: "queued",
    holder: null,
    claimEpoch: claimEpoch + 1,
    releases: releases + 1,
    // Whoever was being helped gets the whole time anew.
    expiresAt: Math.max(transition.escalation.expiresAt, now + Math.round(policy.ttlSeconds * 1_000)),
    checkAt: now + staff.presenceGraceMs,
    skipped: [
      ...transition.escalation.skipped.filter((skip) => skip.worker !== holder.worker),
      { worker: holder.worker, until: now + Math.round(policy.skipSeconds * 1_000) },
    ],
  });
  transition.progress({
    dueAt: progress.exhausted ? null : now + (progress.remainingMs ?? 0),
    remainingMs: null,
  });
  transition.event("escalation.released", {
    worker: holder.worker,
    reason,
    details: lost ? { lost } : {},
  });
  transition.add({ type: "settle", worker: holder.worker });
  if (kind === "takeover")
    transition.add({
      type: "owner",
      owner: "nobody",
      worker: null,
      announcement: "lost",
      text: null,
      reason,
    });
  runLevels(transition, context);
}

/** Back from `waiting`; what was paused goes on. */
export function wake(transition: Transition, now: number): void {
  const { slas, policy } = transition.escalation;
  transition.set({
    status: "in_progress",
    snoozedUntil: null,
    slas: slas.map((sla) => resumeSla(policy, sla, now)),
  });
  transition.event("escalation.resumed");
}

/**
 * @throws OrchestratorError `escalation_ended`, `not_holder`, `stale_epoch`
 */
export function requireHolder(
  escalation: Escalation,
  { worker, claimEpoch }: { readonly worker: string; readonly claimEpoch?: number },
): void {
  requireOpen(escalation);
  if (escalation.holder?.worker !== worker) {
    const who = escalation.holder === null ? "nobody does" : `${escalation.holder.worker} does`;
    throw new OrchestratorError(
      "not_holder",
      `Worker ${worker} does not hold escalation ${escalation.id}: ${who}. Claim it first.`,
    );
  }
  if (claimEpoch !== undefined && claimEpoch !== escalation.claimEpoch)
    throw new OrchestratorError(
      "stale_epoch",
      `Escalation ${escalation.id} is at claim epoch ${escalation.claimEpoch}, not ${claimEpoch}. Read it again.`,
    );
}

export function isHolderGone({ holder }: Escalation, { staff, now }: Context): boolean {
  return holder !== null && isGone(staff.workers.get(holder.worker), now);
}

function taken({ id }: Escalation, worker: string, { staff }: Context): OrchestratorError {
  const name = staff.workers.get(worker)?.name ?? worker;
  return new OrchestratorError("escalation_taken", `${name} (${worker}) has escalation ${id} already.`);
}
