import { type Escalation, hasEnded } from "@hybrid-orchestrator/core";
import { dueSlas, nextSlaDue } from "../time/sla.js";
import { isHolderGone, release, wake } from "./claim.js";
import type { Context } from "./context.js";
import { end } from "./end.js";
import { canBeWaitedFor, loseTargets, runLevels } from "./levels.js";
import { endTransfer, expireOffers, wantsOffer } from "./offer.js";
import { type Step, Transition } from "./step.js";

/** The next moment at which time alone changes something; null where there is none. Open ones always have one. */
export function nextDueAt(escalation: Escalation): number | null {
  if (hasEnded(escalation.status)) return null;
  const { progress, offers, holder, transfer, snoozedUntil, expiresAt, checkAt } = escalation;
  const moments = [
    progress.dueAt,
    ...offers.map((offer) => offer.expiresAt),
    holder?.acknowledgeBy ?? null,
    transfer?.expiresAt ?? null,
    snoozedUntil,
    nextSlaDue(escalation.slas),
    holder === null ? expiresAt : null,
    checkAt,
  ].filter((moment) => moment !== null);
  return moments.length === 0 ? null : Math.min(...moments);
}

/** Does what is due at this moment, each thing once. Afterwards nothing is due up to it. */
export function advance(escalation: Escalation, context: Context): Step {
  const { now } = context;
  if (hasEnded(escalation.status)) return { escalation, consequences: [] };
  const transition = new Transition(escalation, now);
  expireOffers(transition, context);
  const { transfer } = transition.escalation;
  if (transfer !== null && transfer.expiresAt <= now)
    endTransfer(transition, { worker: null, reason: "nobody accepted in time" });
  breach(transition, now);
  acknowledgeOrRelease(transition, context);
  const { snoozedUntil } = transition.escalation;
  if (snoozedUntil !== null && snoozedUntil <= now) wake(transition, now);
  runLevels(transition, context);
  lookAround(transition, context);
  const { holder, expiresAt, status } = transition.escalation;
  if (!hasEnded(status) && holder === null && expiresAt <= now)
    end(
      transition,
      { status: "expired", outcome: "its time was over", next: "ai", announcement: "back_to_ai" },
      context,
    );
  return transition.done();
}

/** The staff has changed: somebody may have come, or the last one may have gone. */
export function staffChanged(escalation: Escalation, context: Context): Step {
  const { checkAt, status } = escalation;
  if (hasEnded(status) || checkAt === null) return { escalation, consequences: [] };
  const transition = new Transition({ ...escalation, checkAt: context.now }, context.now);
  lookAround(transition, context);
  const step = transition.done();
  return step.consequences.length === 0 ? { escalation, consequences: [] } : step;
}

function breach(transition: Transition, now: number): void {
  const { breached, states } = dueSlas(transition.escalation.slas, now);
  if (breached.length === 0) return;
  transition.set({ slas: states });
  for (const sla of breached)
    transition.event("escalation.sla_breached", { reason: sla.target, details: { target: sla.target } });
}

function acknowledgeOrRelease(transition: Transition, context: Context): void {
  const { holder } = transition.escalation;
  if (holder?.acknowledgeBy == null || holder.acknowledgeBy > context.now) return;
  release(transition, { reason: "there was no first word in time", lost: true }, context);
}

/**
 * Looks at the presence of those it depends on, once in each grace time: a holder who is gone is lost, and so is a
 * level whose people are gone. With the grace time of a connection that makes two of them at most.
 */
function lookAround(transition: Transition, context: Context): void {
  const { now, staff } = context;
  const { checkAt, status } = transition.escalation;
  if (hasEnded(status)) return;
  if (checkAt !== null && checkAt > now) return;
  const due = checkAt !== null;
  if (due && isHolderGone(transition.escalation, context))
    release(transition, { reason: "the holder is gone", lost: true }, context);
  if (due && transition.escalation.holder === null) lookForTargets(transition, context);
  if (hasEnded(transition.escalation.status)) return;
  const { holder, progress } = transition.escalation;
  const depends = holder !== null || progress.held || progress.told.length > 0;
  transition.set({ checkAt: depends ? now + staff.presenceGraceMs : null });
}

function lookForTargets(transition: Transition, context: Context): void {
  const { progress } = transition.escalation;
  if (progress.exhausted) return;
  if (progress.held) {
    // Somebody may be there by now.
    transition.progress({ dueAt: context.now });
    runLevels(transition, context);
  } else if (progress.told.length > 0 && !canBeWaitedFor(transition, context))
    loseTargets(transition, context);
  if (wantsOffer(transition.escalation)) transition.add({ type: "seek_offer" });
}
