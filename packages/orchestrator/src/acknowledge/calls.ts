import type { DeliveryEffect } from "@hybrid-orchestrator/core";
import type { Runtime } from "../runtime.js";

/** A call for a worker, as it was made. */
export interface Call {
  readonly delivery: DeliveryEffect;
  readonly sessionId: string;
  readonly escalationId: string;
  /** Null: whoever reads where it went. */
  readonly worker: string | null;
  readonly claimEpoch: number;
  /** Of what an approval proposed then. */
  readonly argsHash: string | null;
}

/** Null: it calls nobody. */
export function callIn(delivery: DeliveryEffect): Call | null {
  const { metadata, audience } = delivery.delivery.message;
  const { call, escalationId, worker = null, claimEpoch, argsHash = null } = metadata;
  if (call !== true || audience !== "worker" || typeof escalationId !== "string") return null;
  return {
    delivery,
    sessionId: delivery.sessionId,
    escalationId,
    worker: typeof worker === "string" ? worker : null,
    claimEpoch: typeof claimEpoch === "number" ? claimEpoch : -1,
    argsHash: typeof argsHash === "string" ? argsHash : null,
  };
}

/** A delivery, finished or not; null where it is not known any more. */
export async function findDelivery(
  runtime: Runtime,
  by: Parameters<Runtime["storage"]["findDelivery"]>[0],
): Promise<DeliveryEffect | null> {
  const found = await runtime.storage.findDelivery(by);
  if (found === null) return null;
  const { sessionId, deliveryId } = found;
  const effect = await runtime.submit(sessionId, (work) => work.effect(deliveryId), {
    effectIds: [deliveryId],
  });
  return effect?.kind === "delivery" ? effect : null;
}
