import {
  type Escalation,
  OrchestratorError,
  type Presence,
  type Schedule,
  type WorkerRecord,
} from "@hybrid-orchestrator/core";
import { isOpen } from "../time/calendar.js";

/** Who could help, as known at this moment. */
export interface Staff {
  readonly workers: ReadonlyMap<string, WorkerRecord>;
  readonly schedules: Readonly<Record<string, Schedule>>;
  /** How long a lost connection is waited for before it counts. */
  readonly presenceGraceMs: number;
}

/** A connection that was not kept alive counts as away. */
export function presenceAt(worker: WorkerRecord, now: number): Presence {
  return worker.presence !== "offline" && isConnectionLost(worker, now) ? "away" : worker.presence;
}

function isConnectionLost({ connectedUntil }: WorkerRecord, now: number): boolean {
  return connectedUntil !== null && connectedUntil <= now;
}

/** Online and within working hours. */
export function isAvailable(worker: WorkerRecord, now: number): boolean {
  return presenceAt(worker, now) === "online" && (worker.hours === undefined || isOpen(worker.hours, now));
}

/** Whoever holds something is lost by going offline or losing the connection; being busy or away is not being gone. */
export function isGone(worker: WorkerRecord | undefined, now: number): boolean {
  return worker === undefined || worker.presence === "offline" || isConnectionLost(worker, now);
}

/** Whether a worker has what an escalation asks for, and belongs to its queue or was asked in person. */
export function isEligible(escalation: Escalation, worker: WorkerRecord): boolean {
  const { queue, skills, progress, offers, transfer } = escalation;
  const skilled = skills.every(({ name, level }) =>
    worker.skills.some((skill) => skill.name === name && skill.level >= level),
  );
  if (!skilled) return false;
  return (
    queue === null ||
    worker.queues.includes(queue) ||
    progress.told.includes(worker.id) ||
    offers.some((offer) => offer.worker === worker.id) ||
    (transfer !== null && isTransferredTo(transfer, worker))
  );
}

/** @throws OrchestratorError `not_eligible` */
export function requireEligible(escalation: Escalation, worker: WorkerRecord): void {
  if (isEligible(escalation, worker)) return;
  throw new OrchestratorError(
    "not_eligible",
    `Worker ${worker.id} lacks a skill that escalation ${escalation.id} asks for, or does not belong to its queue.`,
  );
}

export function isTransferredTo(
  { to }: NonNullable<Escalation["transfer"]>,
  worker: Pick<WorkerRecord, "id" | "queues">,
): boolean {
  return "worker" in to ? to.worker === worker.id : worker.queues.includes(to.queue);
}

/**
 * Whether one more of this channel kind fits, besides what is taken for this escalation already. A reservation whose
 * time is over counts until somebody has looked what became of it.
 */
export function hasRoom(worker: WorkerRecord, { id, channel }: Pick<Escalation, "id" | "channel">): boolean {
  const taken = worker.slots.filter(({ escalationId }) => escalationId !== id);
  const { total, perChannel } = worker.capacity;
  if (taken.length >= total) return false;
  const limit = Object.hasOwn(perChannel, channel) ? perChannel[channel] : undefined;
  return limit === undefined || taken.filter((slot) => slot.channel === channel).length < limit;
}
