import { noticesTo } from "@hybrid-orchestrator/channel-hub";
import type { DeliveryEffect, InboundMessage } from "@hybrid-orchestrator/core";
import type { Runtime } from "../runtime.js";
import { findDelivery } from "./calls.js";
import { isAddressOf, workerAt } from "./senders.js";

/** What went to a worker's address and is answered from there. */
export interface Place {
  readonly sessionId: string;
  /** What is answered: the message that is named, or the newest there. */
  readonly answered: DeliveryEffect;
  /** Whoever writes, where their address proves it. */
  readonly worker: string | null;
  /** Whether the message itself says which session it is about. */
  readonly byReference: boolean;
  /** Deliveries to that address that may be answered, newest first. */
  readonly deliveries: readonly string[];
}

/** What a message answers of all that went to workers; null where it answers nothing of that. */
export async function placeOf(runtime: Runtime, message: InboundMessage): Promise<Place | null> {
  const { channel, inReplyTo, from, author, session } = message;
  const { addresses, settings, hub } = runtime;
  const named =
    inReplyTo === undefined ? null : await findDelivery(runtime, { channel, externalId: inReplyTo });
  if (named !== null && named.delivery.message.audience !== "worker") return null;
  const sender = author ?? from;
  const view = hub.views().channels.get(channel);
  const destination = named === null ? from : view?.destination(named.delivery.message.recipient);
  const state = destination === undefined ? null : await addresses.read({ channel, destination });
  const about = named?.sessionId ?? session;
  const notices = (state === null ? [] : noticesTo(state, settings.clock.now())).filter(
    ({ sessionId }) => about === undefined || sessionId === about,
  );
  const [newest] = notices;
  if (named === null) {
    if (newest === undefined || state === null) return null;
    const { lastSession } = state;
    const isUsers =
      lastSession !== null && lastSession.at > newest.at && (about ?? lastSession.id) === lastSession.id;
    if (isUsers) return null;
  }
  // A thread is named by its first message, whatever is answered in it.
  const isExact = named !== null && (newest === undefined || view?.capabilities.threads !== true);
  const answered =
    isExact || newest === undefined ? named : await findDelivery(runtime, { deliveryId: newest.deliveryId });
  if (answered === null) return null;
  const isProven = message.unproven !== true || named !== null;
  return {
    sessionId: answered.sessionId,
    answered,
    worker: sender === undefined || !isProven ? null : writerOf(runtime, answered, { channel, sender }),
    byReference: about !== undefined,
    deliveries: notices.map(({ deliveryId }) => deliveryId),
  };
}

function writerOf(
  runtime: Runtime,
  answered: DeliveryEffect,
  at: { readonly channel: string; readonly sender: string },
): string | null {
  const { recipient } = answered.delivery.message;
  const isTheirs = runtime.directory.staff().workers.has(recipient.id) && isAddressOf(runtime, recipient, at);
  return isTheirs ? recipient.id : (workerAt(runtime, at)?.id ?? null);
}
