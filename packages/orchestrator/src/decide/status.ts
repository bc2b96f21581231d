import {
  type Activity,
  isOpen,
  OrchestratorError,
  type SessionStatus,
  statusTransitions,
} from "@hybrid-orchestrator/core";
import type { SessionWork } from "./work.js";

/** @throws OrchestratorError `session_expired` or `session_closed` unless the session takes input. */
export function requireOpen(work: SessionWork): void {
  const { id, status } = work.session;
  if (isOpen(status)) return;
  if (status === "expired") {
    throw new OrchestratorError(
      "session_expired",
      `Session ${id} has expired. Create a new session, with a longer ttlSeconds if need be.`,
    );
  }
  const advice = status === "abandoned" ? "Call resume first." : "Create a new session.";
  throw new OrchestratorError(
    "session_closed",
    `Session ${id} is ${status} and takes no more input. ${advice}`,
  );
}

export function canBecome(work: SessionWork, status: SessionStatus): boolean {
  return statusTransitions[work.session.status].includes(status);
}

/** A change of status that somebody asked for. To the status it has already: nothing happens. */
export function changeStatus(
  work: SessionWork,
  to: SessionStatus,
  why: { readonly reason: string | null; readonly actor: Activity["actor"] },
): void {
  const { id, status } = work.session;
  if (status === to) return;
  if (status === "expired") requireOpen(work);
  if (!canBecome(work, to)) {
    const allowed = statusTransitions[status].join(", ") || "nothing else";
    throw new OrchestratorError(
      "invalid_transition",
      `Session ${id} is ${status} and cannot become ${to}. From ${status} it can become ${allowed}.`,
    );
  }
  work.setStatus(to, why);
}
