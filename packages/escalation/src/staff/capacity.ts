import { type CapacitySlot, type Escalation, hasEnded, type WorkerRecord } from "@hybrid-orchestrator/core";
import { hasRoom } from "./staff.js";

type Claimable = Pick<Escalation, "id" | "sessionId" | "channel">;

/**
 * Takes one place of a worker's capacity until the session's commit has told whether it is used; null where there is
 * none. A place that is taken for the same escalation already is the same place: reserved anew, so that it stays although
 * what it was taken for may end meanwhile, and for longer, so that whoever reserved it before can tell that somebody else
 * counts on it now.
 */
export function reserve(worker: WorkerRecord, escalation: Claimable, until: number): WorkerRecord | null {
  const existing = worker.slots.find(({ escalationId }) => escalationId === escalation.id);
  if (existing === undefined && !hasRoom(worker, escalation)) return null;
  const slot: CapacitySlot = {
    escalationId: escalation.id,
    sessionId: escalation.sessionId,
    channel: escalation.channel,
    state: "reserved",
    until: Math.max(until, (existing?.until ?? 0) + 1),
  };
  return { ...worker, slots: [...without(worker, escalation.id), slot] };
}

/** What an escalation says of a worker's place for it: held, kept for an offer until then, or free. */
export function slotFor(
  escalation: Escalation | null,
  worker: string,
):
  | { readonly state: "held"; readonly until: null }
  | { readonly state: "reserved"; readonly until: number }
  | null {
  if (escalation === null || hasEnded(escalation.status)) return null;
  if (escalation.holder?.worker === worker) return { state: "held", until: null };
  const offer = escalation.offers.find((candidate) => candidate.worker === worker);
  if (offer !== undefined) return { state: "reserved", until: offer.expiresAt };
  const { transfer } = escalation;
  if (transfer !== null && "worker" in transfer.to && transfer.to.worker === worker)
    return { state: "reserved", until: transfer.expiresAt };
  return null;
}

/**
 * Brings a worker's place in line with what the escalation says now. The very same record: nothing to write. May be
 * repeated. `spare`: a reservation that lasts beyond this moment is somebody's claim on its way, and is left alone.
 */
export function settle(
  worker: WorkerRecord,
  about: { readonly escalationId: string; readonly escalation: Escalation | null },
  { now, spare }: { readonly now: number; readonly spare: boolean },
): WorkerRecord {
  const slot = worker.slots.find(({ escalationId }) => escalationId === about.escalationId);
  const wanted = slotFor(about.escalation, worker.id);
  if (wanted === null) {
    if (slot === undefined) return worker;
    if (spare && slot.state === "reserved" && slot.until !== null && slot.until > now) return worker;
    const slots = without(worker, about.escalationId);
    return { ...worker, slots, idleSince: slots.length === 0 ? now : worker.idleSince };
  }
  if (slot?.state === wanted.state && slot.until === wanted.until) return worker;
  if (slot === undefined && about.escalation === null) return worker;
  const { sessionId, channel } = slot ?? (about.escalation as Escalation);
  const next: CapacitySlot = { escalationId: about.escalationId, sessionId, channel, ...wanted };
  return { ...worker, slots: [...without(worker, about.escalationId), next] };
}

/** Reservations whose time is over: what became of them is to be looked up before the worker is taken for free or full. */
export function staleSlots({ slots }: WorkerRecord, now: number): readonly CapacitySlot[] {
  return slots.filter(({ state, until }) => state === "reserved" && until !== null && until <= now);
}

function without({ slots }: WorkerRecord, escalationId: string): CapacitySlot[] {
  return slots.filter((slot) => slot.escalationId !== escalationId);
}
