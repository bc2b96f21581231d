import { hasEnded } from "@hybrid-orchestrator/core";
import { advance, cancel, nextDueAt } from "@hybrid-orchestrator/escalation";
import { applyStep, contextOf } from "./escalations.js";
import type { SessionWork } from "./work.js";

/** When an escalation of this session is next to be looked at; null: never. */
export function escalationsDueAt(work: SessionWork): number | null {
  if (work.rulebook.escalation === null) return null;
  let due: number | null = null;
  for (const escalation of work.escalations()) {
    const next = nextDueAt(escalation);
    // Somebody without these rules may have stood here longer than it should have.
    if (next !== null)
      due = Math.min(due ?? Number.POSITIVE_INFINITY, Math.max(next, work.session.evaluatedAt + 1));
  }
  return due;
}

/** Does what is due of each escalation at the moment where the session stands. */
export function advanceEscalations(work: SessionWork): void {
  if (work.rulebook.escalation === null) return;
  for (const { id } of work.escalations()) {
    const escalation = work.escalation(id);
    if (escalation === undefined) continue;
    const due = nextDueAt(escalation);
    if (due !== null && due <= work.session.evaluatedAt)
      applyStep(work, advance(escalation, contextOf(work)));
  }
}

/** The session has ended: nobody is wanted any more, and it stays whose it was. */
export function endEscalations(work: SessionWork, reason: string): void {
  if (work.rulebook.escalation === null) return;
  for (const escalation of work.escalations())
    if (!hasEnded(escalation.status))
      applyStep(work, cancel(escalation, { reason, next: "unchanged" }, contextOf(work)));
}
