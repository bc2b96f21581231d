import { type Escalation, type Target, urgencies, type WorkerRecord } from "@hybrid-orchestrator/core";
import { onDuty } from "../time/schedule.js";
import { hasRoom, isAvailable, isEligible, type Staff } from "./staff.js";

export interface Resolved {
  /** Available and eligible, without duplicates. */
  readonly workers: readonly string[];
  /** Places where a team reads. */
  readonly channels: readonly string[];
}

/** Whom targets stand for at this moment. */
export function resolveTargets(
  escalation: Escalation,
  targets: readonly Target[],
  { staff, now }: { readonly staff: Staff; readonly now: number },
): Resolved {
  const workers = new Set<string>();
  const channels = new Set<string>();
  for (const target of targets) {
    if ("channel" in target) channels.add(target.channel);
    else for (const worker of membersOf(target, staff, now)) workers.add(worker.id);
  }
  const told = { ...escalation, progress: { ...escalation.progress, told: [...workers] } };
  const reachable = [...workers].filter((id) => {
    const worker = staff.workers.get(id);
    return worker !== undefined && isAvailable(worker, now) && isEligible(told, worker);
  });
  return { workers: reachable, channels: [...channels] };
}

function membersOf(target: Exclude<Target, { channel: string }>, staff: Staff, now: number): WorkerRecord[] {
  const all = [...staff.workers.values()];
  if ("worker" in target) return all.filter(({ id }) => id === target.worker);
  if ("role" in target) return all.filter(({ roles }) => roles.includes(target.role));
  if ("queue" in target) return all.filter(({ queues }) => queues.includes(target.queue));
  const schedule = Object.hasOwn(staff.schedules, target.schedule)
    ? staff.schedules[target.schedule]
    : undefined;
  const duty = schedule === undefined ? [] : onDuty(schedule, now);
  return all.filter(({ id }) => duty.includes(id));
}

/**
 * Who can be offered it now, best first: least loaded, then idle for longest. Only those whom the policy has come to,
 * who have room, and who did not just decline.
 */
export function offerCandidates(
  escalation: Escalation,
  { staff, now }: { readonly staff: Staff; readonly now: number },
): readonly WorkerRecord[] {
  const { progress, offers, skipped } = escalation;
  return progress.told
    .flatMap((id) => staff.workers.get(id) ?? [])
    .filter(
      (worker) =>
        isAvailable(worker, now) &&
        isEligible(escalation, worker) &&
        hasRoom(worker, escalation) &&
        !offers.some((offer) => offer.worker === worker.id) &&
        !skipped.some((skip) => skip.worker === worker.id && skip.until > now),
    )
    .sort(
      (a, b) => load(a) - load(b) || a.idleSince - b.idleSince || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    );
}

/** Which of several escalations gets a free worker: the most urgent, then the one that has waited longest. */
export function byPriority(a: Escalation, b: Escalation): number {
  return (
    urgencies.indexOf(b.priority) - urgencies.indexOf(a.priority) ||
    a.openedAt - b.openedAt ||
    (a.id < b.id ? -1 : 1)
  );
}

/** The share of the capacity that is taken. */
function load({ slots, capacity }: WorkerRecord): number {
  return slots.length / Math.max(1, capacity.total);
}
