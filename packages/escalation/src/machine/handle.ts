import type { Disposition, Escalation, HandBackNote, Transfer } from "@hybrid-orchestrator/core";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { meetSla, pauseSla } from "../time/sla.js";
import { release, requireHolder, wake } from "./claim.js";
import type { Context } from "./context.js";
import { dropTransfer, end } from "./end.js";
import { requireOpen } from "./offer.js";
import { type EscalationEventName, type Step, Transition } from "./step.js";

/** The worker who acts, and the claim epoch that they saw. */
export interface By {
  readonly worker: string;
  readonly claimEpoch?: number;
}

const maxNotes = 500;

/**
 * The holder's first word or decision ends the time for acknowledging.
 * @throws OrchestratorError `escalation_ended`, `not_holder`, `stale_epoch`
 */
export function respond(escalation: Escalation, by: By, { now }: Context): Step {
  requireHolder(escalation, by);
  const transition = new Transition(escalation, now);
  acknowledge(transition, now);
  if (escalation.respondedAt !== null) transition.event("escalation.replied", { worker: by.worker });
  if (transition.escalation.status === "waiting") wake(transition, now);
  return transition.done();
}

/** `partOf`: what the worker did, where that is more than a word. */
function acknowledge(transition: Transition, now: number, partOf?: EscalationEventName): void {
  const { holder, status, respondedAt, slas } = transition.escalation;
  if (holder === null) return;
  if (holder.acknowledgeBy !== null) transition.set({ holder: { ...holder, acknowledgeBy: null } });
  if (status === "claimed") transition.set({ status: "in_progress" });
  if (respondedAt !== null) return;
  transition.set({
    respondedAt: now,
    slas: slas.map((sla) => (sla.target === "respond" ? meetSla(sla, now) : sla)),
  });
  transition.event("escalation.responded", {
    worker: holder.worker,
    details: partOf === undefined ? {} : { partOf },
  });
}

/** A word among colleagues. Anybody may leave one. */
export function addNote(
  escalation: Escalation,
  { worker, text }: { readonly worker: string; readonly text: string },
  { now }: Context,
): Step {
  requireOpen(escalation);
  if (escalation.notes.length >= maxNotes)
    throw new OrchestratorError(
      "data_too_large",
      `Escalation ${escalation.id} has ${maxNotes} notes, which is the limit.`,
    );
  return new Transition(escalation, now)
    .set({ notes: [...escalation.notes, { worker, at: now, text }] })
    .event("escalation.noted", { worker })
    .done();
}

/**
 * Asks somebody else to take it; until they accept, it stays with the holder.
 * @throws OrchestratorError `escalation_ended`, `not_holder`, `stale_epoch`
 */
export function requestTransfer(
  escalation: Escalation,
  by: By & Pick<Transfer, "to" | "note"> & { readonly seconds: number },
  { now, staff }: Context,
): Step {
  requireHolder(escalation, by);
  const { to, note, seconds } = by;
  if ("worker" in to && to.worker === by.worker)
    throw new OrchestratorError("invalid_argument", "A transfer must go to somebody else.");
  const transition = new Transition(escalation, now);
  dropTransfer(transition);
  acknowledge(transition, now, "escalation.transfer_requested");
  const expiresAt = now + Math.round(seconds * 1_000);
  transition.set({ transfer: { to, note, requestedAt: now, expiresAt } });
  transition.event("escalation.transfer_requested", { worker: by.worker, reason: note, details: { to } });
  const workers =
    "worker" in to
      ? [to.worker]
      : [...staff.workers.values()]
          .filter(({ id, queues }) => queues.includes(to.queue) && id !== by.worker)
          .map(({ id }) => id);
  if ("worker" in to) transition.add({ type: "settle", worker: to.worker });
  transition.add({
    type: "notify",
    workers,
    channels: [],
    urgency: "high",
    offer: null,
    transferFrom: by.worker,
  });
  return transition.done();
}

/**
 * Waits: until a moment, or until the user writes.
 * @throws OrchestratorError `escalation_ended`, `not_holder`, `stale_epoch`
 */
export function snooze(
  escalation: Escalation,
  by: By & { readonly until: number | null },
  { now }: Context,
): Step {
  requireHolder(escalation, by);
  if (by.until !== null && by.until <= now)
    throw new OrchestratorError("invalid_argument", "The end of a snooze must lie in the future.");
  const transition = new Transition(escalation, now);
  acknowledge(transition, now, "escalation.snoozed");
  const { slas, policy } = transition.escalation;
  transition.set({
    status: "waiting",
    snoozedUntil: by.until,
    slas: slas.map((sla) => pauseSla(policy, sla, now)),
  });
  transition.event("escalation.snoozed", { worker: by.worker, details: { until: by.until } });
  return transition.done();
}

/** The user has written: whoever waited for that goes on, and the holder learns of it. */
export function userWrote(escalation: Escalation, text: string, { now }: Context): Step {
  const transition = new Transition(escalation, now);
  if (transition.escalation.status === "waiting") wake(transition, now);
  const { holder } = transition.escalation;
  if (holder !== null) transition.add({ type: "tell", worker: holder.worker, text });
  return transition.done();
}

/**
 * Back to the queue, for somebody else.
 * @throws OrchestratorError `escalation_ended`, `not_holder`, `stale_epoch`
 */
export function giveBack(
  escalation: Escalation,
  by: By & { readonly reason: string },
  context: Context,
): Step {
  requireHolder(escalation, by);
  const transition = new Transition(escalation, context.now);
  release(transition, { reason: by.reason, lost: false }, context);
  return transition.done();
}

/**
 * The AI goes on, with what it should know.
 * @throws OrchestratorError `escalation_ended`, `not_holder`, `stale_epoch`
 */
export function handBack(
  escalation: Escalation,
  by: By & {
    readonly note: HandBackNote;
    readonly mode: "continue" | "wait_for_user";
    readonly disposition: Disposition | null;
  },
  context: Context,
): Step {
  requireHolder(escalation, by);
  const { worker, note, mode, disposition } = by;
  const transition = new Transition(escalation, context.now);
  acknowledge(transition, context.now, "escalation.handed_back");
  transition.set({ handBack: { ...note, mode } });
  transition.event("escalation.handed_back", { worker, reason: note.text, details: { mode } });
  transition.add({ type: "hand_back", note, mode, worker });
  end(
    transition,
    {
      status: "resolved",
      outcome: `handed back by ${worker}`,
      next: "ai",
      disposition,
      worker,
      partOf: "escalation.handed_back",
    },
    context,
  );
  if (mode === "continue")
    transition.add({ type: "ask_agent", reason: "A human has handed the session back.", agent: null });
  return transition.done();
}

/**
 * Done. `by` null: the application says so.
 * @throws OrchestratorError `escalation_ended`, `not_holder`, `stale_epoch`
 */
export function resolve(
  escalation: Escalation,
  request: {
    readonly by: By | null;
    readonly outcome: string;
    readonly disposition: Disposition | null;
    readonly next: "ai" | "nobody" | "unchanged";
  },
  context: Context,
): Step {
  const { by, outcome, disposition, next } = request;
  if (by === null) requireOpen(escalation);
  else requireHolder(escalation, by);
  const transition = new Transition(escalation, context.now);
  if (by !== null) acknowledge(transition, context.now, "escalation.resolved");
  end(transition, { status: "resolved", outcome, next, disposition, worker: by?.worker ?? null }, context);
  return transition.done();
}

/** Nobody is wanted any more. @throws OrchestratorError `escalation_ended` */
export function cancel(
  escalation: Escalation,
  request: {
    readonly reason: string;
    readonly next?: "ai" | "nobody" | "unchanged";
    /** Who says so, where it is a worker. */
    readonly worker?: string | null;
  },
  context: Context,
): Step {
  requireOpen(escalation);
  const { reason, next = "ai", worker = null } = request;
  const transition = new Transition(escalation, context.now);
  end(transition, { status: "cancelled", outcome: reason, next, worker }, context);
  return transition.done();
}

/**
 * The answer to a question; the AI goes on with it.
 * @throws OrchestratorError `escalation_ended`, `not_holder`, `stale_epoch`
 */
export function answer(
  escalation: Escalation,
  by: By & { readonly text: string; readonly disposition: Disposition | null },
  context: Context,
): Step {
  requireHolder(escalation, by);
  const transition = new Transition(escalation, context.now);
  acknowledge(transition, context.now, "escalation.resolved");
  transition.set({ answer: by.text });
  end(
    transition,
    {
      status: "resolved",
      outcome: `answered by ${by.worker}`,
      next: "ai",
      disposition: by.disposition,
      worker: by.worker,
    },
    context,
  );
  transition.add({
    type: "ask_agent",
    reason: `A human has answered the question: ${escalation.question ?? escalation.reason}`,
    agent: null,
  });
  return transition.done();
}
