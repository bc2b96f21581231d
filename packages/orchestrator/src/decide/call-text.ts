import type { Escalation } from "@hybrid-orchestrator/core";
import { briefContext, callSummary } from "@hybrid-orchestrator/escalation";
import type { SessionWork } from "./work.js";

/** What a call for a worker says: enough to know whether to come, and nothing that is nobody's business. */
export function callText(work: SessionWork, escalation: Escalation): string {
  return `Somebody is wanted in session ${work.session.id}. ${callSummary(atHand(work, escalation))}`;
}

/** Why somebody is wanted, as it may stand in a subject or on a telephone's screen. */
export function shownReason(work: SessionWork, escalation: Escalation): string {
  return briefContext(atHand(work, escalation)).escalation.reason;
}

function atHand({ session, recent: activities }: SessionWork, escalation: Escalation) {
  return { session, escalation, activities, now: session.evaluatedAt };
}
