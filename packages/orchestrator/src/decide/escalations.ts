import type { SessionWork } from "./work.js";

export interface EscalationRequest {
  readonly reason: string;
  /** `agent:NAME`, `trigger:NAME`, `user` or `api`. */
  readonly requestedBy: string;
  readonly suggestedHumanAction: string | null;
}

/** Records that a human is wanted. */
export function requestEscalation(work: SessionWork, request: EscalationRequest): void {
  work.event({ type: "escalation.requested", at: work.session.evaluatedAt, data: { ...request } });
}
