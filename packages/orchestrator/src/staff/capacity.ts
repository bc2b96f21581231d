import {
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

/**
 * Takes a place for an escalation, until its session has decided.
 * @throws OrchestratorError `no_capacity`, `not_found`
 */
export async function reserveFor(
  { directory, settings, storage }: Runtime,
  escalation: Escalation,
  worker: string,
): Promise<WorkerRecord> {
  return directory.update(worker, async (record) => {
    if (record === null) throw unknownWorker(worker);
    const now = settings.clock.now();
    const current = await withoutStale(storage, record, now);
    const reserved = reserve(current, escalation, now + claimMs);
    if (reserved !== null) return reserved;
    throw new OrchestratorError(
      "no_capacity",
      `Worker ${worker} has ${record.slots.length} of ${record.capacity.total} places taken. End or hand over something first.`,
    );
  });
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
 * again: until then the place is kept for a claim that may be on its way. Null: it is in line.
 */
export async function settlePlace(
  { directory, settings, storage }: Runtime,
  escalationId: string,
  { worker, spare }: { readonly worker: string; readonly spare: boolean },
): Promise<number | null> {
  if ((await storage.getDocument("worker", worker)) === null) return null;
  let wanted = false;
  const { slots } = await directory.update(worker, async (record) => {
    if (record === null) throw unknownWorker(worker);
    const escalation = await storage.getEscalation(escalationId);
    wanted = slotFor(escalation, worker) !== null;
    return settle(record, { escalationId, escalation }, { now: settings.clock.now(), spare });
  });
  return wanted ? null : (slots.find((slot) => slot.escalationId === escalationId)?.until ?? null);
}
