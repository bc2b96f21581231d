import { type Escalation, OrchestratorError, type WorkerRecord } from "@hybrid-orchestrator/core";
import { offerCandidates } from "../staff/route.js";
import { isAvailable, isEligible } from "../staff/staff.js";
import type { Context } from "./context.js";
import { type Step, Transition } from "./step.js";

/** Whether somebody is to be offered it now: the level says so, and not as many have an offer as may. */
export function wantsOffer({ status, progress, policy, offers }: Escalation): boolean {
  if (status !== "queued" && status !== "offered") return false;
  const level = policy.levels[progress.level];
  return level?.assign === "offer" && !progress.held && offers.length < level.parallelOffers;
}

/** Who is to be offered it, best first; empty when nobody is, or nobody can be. */
export function whomToOffer(escalation: Escalation, context: Context): readonly WorkerRecord[] {
  return wantsOffer(escalation) ? offerCandidates(escalation, context) : [];
}

/**
 * Offers it to a worker whose capacity has been reserved. Nothing changes where that no longer makes sense, and the
 * reservation is to be given back.
 */
export function offer(
  escalation: Escalation,
  request: { readonly id: string; readonly worker: WorkerRecord },
  { now }: Context,
): Step {
  const transition = new Transition(escalation, now);
  const { worker, id } = request;
  const { policy, progress, offers } = escalation;
  const level = policy.levels[progress.level];
  if (level === undefined || !wantsOffer(escalation)) return transition.done();
  if (offers.some((other) => other.worker === worker.id)) return transition.done();
  if (!isAvailable(worker, now) || !isEligible(escalation, worker)) return transition.done();
  const expiresAt = now + Math.round(level.offerSeconds * 1_000);
  transition.set({
    status: "offered",
    offers: [...offers, { id, worker: worker.id, offeredAt: now, expiresAt }],
  });
  transition.event("escalation.offered", { worker: worker.id, details: { offerId: id, expiresAt } });
  transition.add({ type: "settle", worker: worker.id });
  transition.add({
    type: "notify",
    workers: [worker.id],
    channels: [],
    urgency: level.urgency,
    offer: { id, expiresAt },
    transferFrom: null,
  });
  if (wantsOffer(transition.escalation)) transition.add({ type: "seek_offer" });
  return transition.done();
}

/**
 * A worker says no to an offer or a transfer.
 * @throws OrchestratorError `escalation_ended`, `not_eligible` where nothing is offered to this worker
 */
export function decline(
  escalation: Escalation,
  request: { readonly worker: string; readonly reason: string | null },
  context: Context,
): Step {
  requireOpen(escalation);
  const transition = new Transition(escalation, context.now);
  const { worker, reason } = request;
  const { transfer, offers, progress } = escalation;
  if (transfer !== null && "worker" in transfer.to && transfer.to.worker === worker) {
    endTransfer(transition, { worker, reason: reason ?? "declined" });
    return transition.done();
  }
  if (!offers.some((candidate) => candidate.worker === worker) && !progress.told.includes(worker)) {
    throw new OrchestratorError(
      "not_eligible",
      `Escalation ${escalation.id} was not offered to worker ${worker}, so there is nothing to decline.`,
    );
  }
  takeBack(transition, worker, context.now);
  transition.event("escalation.declined", { worker, reason });
  if (wantsOffer(transition.escalation)) transition.add({ type: "seek_offer" });
  return transition.done();
}

/** Ends offers whose time is up. */
export function expireOffers(transition: Transition, { now }: Context): void {
  for (const { worker, expiresAt } of transition.escalation.offers) {
    if (expiresAt > now) continue;
    takeBack(transition, worker, now);
    transition.event("escalation.offer_expired", { worker });
    if (wantsOffer(transition.escalation)) transition.add({ type: "seek_offer" });
  }
}

/** Ends a transfer that nobody accepted; the holder keeps it and learns of it. */
export function endTransfer(
  transition: Transition,
  { worker, reason }: { readonly worker: string | null; readonly reason: string },
): void {
  const { transfer, holder } = transition.escalation;
  if (transfer === null) return;
  transition.set({ transfer: null });
  transition.event("escalation.transfer_ended", { worker, reason });
  if ("worker" in transfer.to) transition.add({ type: "settle", worker: transfer.to.worker });
  if (holder !== null)
    transition.add({
      type: "tell",
      worker: holder.worker,
      text: `The transfer was not accepted: ${reason}.`,
    });
}

function takeBack(transition: Transition, worker: string, now: number): void {
  const { escalation } = transition;
  const { policy, skipped } = escalation;
  const offers = escalation.offers.filter((candidate) => candidate.worker !== worker);
  const until = now + Math.round(policy.skipSeconds * 1_000);
  if (offers.length < escalation.offers.length) transition.add({ type: "settle", worker });
  transition.set({
    offers,
    skipped: [...skipped.filter((skip) => skip.worker !== worker && skip.until > now), { worker, until }],
    ...(escalation.status === "offered" && offers.length === 0 && { status: "queued" as const }),
  });
}

/** @throws OrchestratorError `escalation_ended` */
export function requireOpen({ id, status, outcome }: Escalation): void {
  if (status !== "resolved" && status !== "cancelled" && status !== "expired") return;
  throw new OrchestratorError(
    "escalation_ended",
    `Escalation ${id} is ${status}${outcome === null ? "" : `: ${outcome}`}. Open a new one with parentId to take it up again.`,
  );
}
