import type { ChannelView, DeliveryRef } from "@hybrid-orchestrator/channel-hub";
import type { DeliveryEffect } from "@hybrid-orchestrator/core";
import type { SessionWork } from "../decide/work.js";
import type { Runtime } from "../runtime.js";
import { type Address, addressOf } from "./addresses.js";

/** Notes the thread that a message began, where its channel keeps one for each session. */
export async function beginThread(
  runtime: Runtime,
  ref: DeliveryRef,
  attemptId: string,
  externalId: string,
): Promise<void> {
  if (![...runtime.hub.views().channels.values()].some(({ capabilities }) => capabilities.threads)) return;
  const tried = await whereTried(runtime, ref, attemptId);
  if (tried?.view.capabilities.threads === true)
    await runtime.threads.begin({ ...tried.address, sessionId: ref.sessionId }, externalId);
}

/** The channel and address of an attempt; null where nobody knows the channel any more. */
export async function whereTried(
  runtime: Runtime,
  { sessionId, effectId }: DeliveryRef,
  attemptId: string,
): Promise<{ readonly view: ChannelView; readonly address: Address } | null> {
  const effect = await runtime.submit(sessionId, (work) => work.effect(effectId), { effectIds: [effectId] });
  if (effect?.kind !== "delivery") return null;
  const channel = effect.delivery.attempts.find(({ id }) => id === attemptId)?.channel;
  const view = channel === undefined ? undefined : runtime.hub.views().channels.get(channel);
  return view === undefined ? null : { view, address: addressOf(view, effect.delivery.message.recipient) };
}

/** The session's thread on a channel that keeps one, by the vendor's id of its first message. */
export async function threadOn(
  runtime: Runtime,
  { sessionId, delivery }: DeliveryEffect,
  channel: string,
): Promise<string | null> {
  const view = runtime.hub.views().channels.get(channel);
  if (view?.capabilities.threads !== true) return null;
  const address = addressOf(view, delivery.message.recipient);
  return runtime.threads.find({ ...address, sessionId });
}

/** Before it leaves, since an answer may come at once. */
export async function awaitAnswer(runtime: Runtime, effect: DeliveryEffect, channel: string): Promise<void> {
  const view = runtime.hub.views().channels.get(channel);
  if (view?.capabilities.twoWay !== true) return;
  const address = addressOf(view, effect.delivery.message.recipient);
  const { id: deliveryId, sessionId } = effect;
  // What a worker answers must not be taken for the user's.
  if (effect.delivery.message.audience === "worker")
    await runtime.addresses.notified(address, { deliveryId, sessionId });
  else await runtime.addresses.writtenToBy(address, sessionId);
}

/** Whether another message of the session is just about to begin the thread: two at once would begin two. */
export function isThreadBeingBegun(work: SessionWork, { id, lane }: DeliveryEffect): boolean {
  if (work.rulebook.hub.views().channels.get(lane)?.capabilities.threads !== true) return false;
  for (const effect of work.effects()) {
    if (effect.kind !== "delivery" || effect.id === id) continue;
    if (effect.delivery.attempts.some(({ channel, endedAt }) => channel === lane && endedAt === null))
      return true;
  }
  return false;
}
