import {
  type CapacitySlot,
  type Escalation,
  OrchestratorError,
  type Storage,
  type WorkerRecord,
} from "@hybrid-orchestrator/core";
import { reserve, settle, slotFor, staleSlots } from "@hybrid-orchestrator/escalation";
import type { Runtime } from "../runtime.js";
import { unknownWorker } from "./directory.js";

/** How long a place is kept for a claim that is on its way; longer only when its process dies meanwhile. */
const claimMs = 60_000;

/** A place that was taken for a claim or an offer that is on its way. */
export interface Place {
  readonly worker: WorkerRecord;
  readonly until: number | null;
  /** Nobody else counted on it when it was taken. */
  readonly alone: boolean;
}

/**
 * Takes a place for an escalation, until its session has decided.
 * @throws OrchestratorError `no_capacity`, `not_found`
 */
export async function reserveFor(
  { directory, settings, storage }: Runtime,
  escalation: Escalation,
  id: string,
): Promise<Place> {
  let alone = true;
  const worker = await directory.update(id, async (record) => {
    if (record === null) throw unknownWorker(id);
    const now = settings.clock.now();
    const current = await withoutStale(storage, record, now);
    const before = slotOf(current, escalation.id);
    // What stands there for an offer or a transfer is nobody's claim.
    alone = before === undefined || before.until === (slotFor(escalation, id)?.until ?? Number.NaN);
    const reserved = reserve(current, escalation, now + claimMs);
    if (reserved !== null) return reserved;
    throw new OrchestratorError(
      "no_capacity",
      `Worker ${id} has ${record.slots.length} of ${record.capacity.total} places taken. End or hand over something first.`,
    );
  });
  return { worker, until: slotOf(worker, escalation.id)?.until ?? null, alone };
}

/**
 * Gives back the places of claims that never came, because their process died with them in hand: no commit asks for
 * that, and a worker who looks full is offered nothing.
 */
export async function giveBackStale({ directory, settings, storage }: Runtime): Promise<void> {
  const now = settings.clock.now();
  for (const worker of directory.staff().workers.values()) {
    if (staleSlots(worker, now).length === 0) continue;
    await directory.update(worker.id, async (record) => {
      if (record === null) throw unknownWorker(worker.id);
      return withoutStale(storage, record, now);
    });
  }
}

/** Somebody died with a place in hand: what became of it stands in the escalation. */
async function withoutStale(storage: Storage, record: WorkerRecord, now: number): Promise<WorkerRecord> {
  let current = record;
  for (const { escalationId } of staleSlots(record, now)) {
    const about = { escalationId, escalation: await storage.getEscalation(escalationId) };
    current = settle(current, about, { now, spare: false });
  }
  return current;
}

/**
 * Brings a worker's place for an escalation in line with what is stored of it. May be repeated. Returns when to look
 * again: until then the place is kept for a claim that may be on its way. Null: it is in line. Whoever took a place and
 * could not use it gives it back at once, unless another claim of the same worker counts on the same place meanwhile.
 */
export async function settlePlace(
  { directory, settings, storage }: Runtime,
  escalationId: string,
  { worker, place }: { readonly worker: string; readonly place: Place | null },
): Promise<number | null> {
  if ((await storage.getDocument("worker", worker)) === null) return null;
  let wanted = false;
  const { slots } = await directory.update(worker, async (record) => {
    if (record === null) throw unknownWorker(worker);
    const escalation = await storage.getEscalation(escalationId);
    wanted = slotFor(escalation, worker) !== null;
    const isOwn = place?.alone === true && slotOf(record, escalationId)?.until === place.until;
    return settle(record, { escalationId, escalation }, { now: settings.clock.now(), spare: !isOwn });
  });
  return wanted ? null : (slots.find((slot) => slot.escalationId === escalationId)?.until ?? null);
}

function slotOf({ slots }: WorkerRecord, escalationId: string): CapacitySlot | undefined {
  return slots.find((slot) => slot.escalationId === escalationId);
}
