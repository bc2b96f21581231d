import { createId, OrchestratorError, type StaffingEffect } from "@hybrid-orchestrator/core";
import { offer, whomToOffer } from "@hybrid-orchestrator/escalation";
import { applyStep, contextOf } from "../decide/escalations.js";
import { isHeld, leased, mayBegin } from "../decide/leases.js";
import type { Runtime } from "../runtime.js";
import { reserveFor, settlePlace } from "../staff/capacity.js";
import type { EffectRef } from "./effects-loop.js";

/** How long it may take, until somebody else does it again: each of it may be repeated. */
const timeoutMs = 30_000;

/**
 * Does what an escalation needs of a worker's record. It is leased like any other work: what is asked for from then on is
 * asked for anew, since this may have looked already.
 */
export async function runStaffing(runtime: Runtime, ref: EffectRef): Promise<void> {
  const effect = await runtime.submit(ref.sessionId, (work) => {
    const found = work.effect(ref.effectId);
    const at = work.session.evaluatedAt;
    if (found?.kind !== "staffing" || !mayBegin(found, at)) return null;
    const begun: StaffingEffect = { ...found, ...leased(found, { holder: runtime.node, at, timeoutMs }) };
    work.putEffect(begun);
    return begun;
  });
  if (effect === null) return;
  const { task, escalationId, worker } = effect.staffing;
  let again: number | null = null;
  if (task === "settle" && worker !== null)
    again = await settlePlace(runtime, escalationId, { worker, place: null });
  else await makeOffer(runtime, effect);
  await runtime.submit(ref.sessionId, (work) => {
    const found = work.effect(ref.effectId);
    if (found?.kind !== "staffing" || !isHeld(found, effect.tries)) return;
    const at = work.session.evaluatedAt;
    const dueAt = again === null ? null : Math.max(again, at + 1);
    const staffing = { ...found.staffing, status: dueAt === null ? ("done" as const) : ("pending" as const) };
    work.putEffect({ ...found, lease: null, dueAt, updatedAt: at, staffing });
  });
}

/** Reserves the best one's capacity, then offers; whoever turns out to be full makes way for the next. */
async function makeOffer(runtime: Runtime, { sessionId, staffing }: StaffingEffect): Promise<void> {
  const { escalationId } = staffing;
  await runtime.directory.refresh();
  const found = await runtime.submit(sessionId, (work) => {
    const escalation = work.escalation(escalationId);
    return escalation === undefined
      ? null
      : { escalation, workers: whomToOffer(escalation, contextOf(work)) };
  });
  for (const { id } of found?.workers ?? []) {
    if (found === null) return;
    try {
      const place = await reserveFor(runtime, found.escalation, id);
      const { worker } = place;
      const offerId = createId(runtime.settings.clock.now());
      const offered = await runtime.submit(sessionId, (work) => {
        const escalation = work.escalation(escalationId);
        if (escalation === undefined) return false;
        const step = offer(escalation, { id: offerId, worker }, contextOf(work));
        applyStep(work, step);
        return step.escalation !== escalation;
      });
      if (!offered) await settlePlace(runtime, escalationId, { worker: id, place });
      return;
    } catch (error) {
      if (
        !OrchestratorError.isInstance(error, "no_capacity") &&
        !OrchestratorError.isInstance(error, "not_found")
      )
        throw error;
    }
  }
}
