import { type Escalation, hasEnded } from "@hybrid-orchestrator/core";
import { isTransferredTo } from "@hybrid-orchestrator/escalation";
import type { Runtime } from "../runtime.js";
import { type Call, callIn, findDelivery } from "./calls.js";
import type { Place } from "./place.js";

/** What the worker holds there: one, where the message says which session it is about. */
export async function heldBy(
  { storage }: Runtime,
  worker: string,
  { byReference, sessionId, answered }: Place,
): Promise<readonly Escalation[]> {
  const { items } = await storage.listEscalations({
    worker,
    kind: ["takeover", "question"],
    status: ["claimed", "in_progress", "waiting"],
    limit: 100,
  });
  if (!byReference) return items;
  const here = items.filter((escalation) => escalation.sessionId === sessionId);
  const named = here.find(({ id }) => id === answered.delivery.message.metadata.escalationId);
  return [named ?? here.find(({ kind }) => kind === "takeover") ?? here[0] ?? []].flat();
}

/** Calls to that address that this worker has not answered and nobody else has, one for each escalation. */
export async function expectedFrom(
  runtime: Runtime,
  worker: string,
  { deliveries, answered }: Place,
): Promise<readonly Call[]> {
  const calls = new Map<string, Call | null>();
  for (const deliveryId of new Set([...deliveries, answered.id])) {
    const delivery = await findDelivery(runtime, { deliveryId });
    const call = delivery === null ? null : callIn(delivery);
    if (call === null || calls.has(call.escalationId)) continue;
    const escalation = await runtime.storage.getEscalation(call.escalationId);
    const isExpected = escalation !== null && isOpenTo(runtime, escalation, { call, worker });
    calls.set(call.escalationId, isExpected ? call : null);
  }
  return [...calls.values()].filter((call) => call !== null);
}

function isOpenTo(
  { callTokens, directory, settings }: Runtime,
  { kind, status, claimEpoch, skipped, holder, transfer }: Escalation,
  { call, worker }: { readonly call: Call; readonly worker: string },
): boolean {
  const now = settings.clock.now();
  const expiresAt = callTokens?.sign("claim", call.delivery).expiresAt ?? 0;
  // An approval is decided by no word: it may be about something else.
  if (kind === "approval" || hasEnded(status) || claimEpoch !== call.claimEpoch || expiresAt <= now)
    return false;
  if (call.worker !== null && call.worker !== worker) return false;
  if (skipped.some((skip) => skip.worker === worker && skip.until > now)) return false;
  if (holder === null) return true;
  const record = directory.staff().workers.get(worker);
  return transfer !== null && record !== undefined && isTransferredTo(transfer, record);
}
