import { readResult, safeReason } from "@hybrid-orchestrator/channel-hub";
import {
  type Channel,
  type DeliveryEffect,
  errorMessage,
  type OutboundMessage,
  type RewriteEffect,
  type SendResult,
  withTimeout,
} from "@hybrid-orchestrator/core";
import { isHeld, leased, mayBegin } from "../decide/leases.js";
import type { Runtime } from "../runtime.js";
import type { EffectRef } from "./effects-loop.js";
import { nextTryAt } from "./next-try.js";

/** For one message. */
const messageMs = 10_000;
/** How long it may take, until somebody else does it again: rewriting twice says the same. */
const timeoutMs = 120_000;
const pageSize = 100;
const sentStatuses = ["sent", "delivered", "read"];

/** Rewrites the calls for an escalation that have left, each on the channel that took it. */
export async function runRewrite(runtime: Runtime, ref: EffectRef, signal: AbortSignal): Promise<void> {
  const effect = await runtime.submit(ref.sessionId, (work) => {
    const found = work.effect(ref.effectId);
    const at = work.session.evaluatedAt;
    if (found?.kind !== "rewrite" || !mayBegin(found, at)) return null;
    const begun: RewriteEffect = { ...found, ...leased(found, { holder: runtime.node, at, timeoutMs }) };
    work.putEffect(begun);
    return begun;
  });
  if (effect === null) return;
  const { done, waitsMs } = await rewriteAll(runtime, effect, signal);
  const retryAt = waitsMs === null ? null : nextTryAt(runtime.settings, effect.tries);
  await runtime.submit(ref.sessionId, (work) => {
    const found = work.effect(ref.effectId);
    if (found?.kind !== "rewrite" || !isHeld(found, effect.tries)) return;
    const at = work.session.evaluatedAt;
    const dueAt = retryAt === null ? null : Math.max(retryAt, at + 1, work.now + (waitsMs ?? 0));
    const status = dueAt !== null ? "pending" : waitsMs === null ? "done" : "failed";
    const rewrite = { ...found.rewrite, done, status } as const;
    work.putEffect({ ...found, lease: null, dueAt, updatedAt: at, rewrite });
  });
}

/** Which of them are done, and how long to wait before the others are tried again; null: there are none. */
async function rewriteAll(
  runtime: Runtime,
  effect: RewriteEffect,
  signal: AbortSignal,
): Promise<{ readonly done: readonly string[]; readonly waitsMs: number | null }> {
  const done = [...effect.rewrite.done];
  let waitsMs: number | null = null;
  for (const call of await callsOf(runtime, effect)) {
    if (done.includes(call.id)) continue;
    for (const { channel: name, externalId } of call.delivery.attempts) {
      const channel = runtime.hub.get(name);
      if (externalId === null || channel?.update === undefined) continue;
      const result = await rewriteOne(runtime, channel, { effect, call, externalId, signal });
      if (result.outcome === "retryable" || result.outcome === "ambiguous") {
        const after = result.outcome === "retryable" ? (result.retryAfterMs ?? 0) : 0;
        waitsMs = Math.max(waitsMs ?? 0, after);
      } else {
        done.push(call.id);
        if (result.outcome !== "sent")
          runtime.logger.warn("A call that is over could not be rewritten.", {
            channel: name,
            deliveryId: call.id,
            reason: safeReason(result.reason),
          });
      }
    }
  }
  return { done, waitsMs };
}

/** The calls for it that a channel took. */
async function callsOf({ storage }: Runtime, effect: RewriteEffect): Promise<DeliveryEffect[]> {
  const { sessionId, rewrite } = effect;
  const escalation = await storage.getEscalation(rewrite.escalationId);
  const openedAt = escalation?.openedAt ?? 0;
  const found: DeliveryEffect[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Runtime["storage"]["listEffects"]>> = await storage.listEffects({
      sessionId,
      kind: "delivery",
      status: sentStatuses,
      order: "desc",
      limit: pageSize,
      cursor,
    });
    for (const item of page.items) {
      if (item.createdAt < openedAt) return found;
      if (item.kind !== "delivery") continue;
      const { metadata } = item.delivery.message;
      if (metadata.call === true && metadata.escalationId === rewrite.escalationId) found.push(item);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

async function rewriteOne(
  { settings }: Runtime,
  channel: Channel,
  {
    effect,
    call,
    externalId,
    signal,
  }: {
    readonly effect: RewriteEffect;
    readonly call: DeliveryEffect;
    readonly externalId: string;
    readonly signal: AbortSignal;
  },
): Promise<SendResult> {
  const { id, recipient, audience, subject, metadata, createdAt } = call.delivery.message;
  const message: OutboundMessage = {
    id,
    deliveryId: call.id,
    sessionId: effect.sessionId,
    recipient,
    content: effect.rewrite.text,
    urgency: "low",
    audience,
    metadata,
    createdAt,
    ...(subject !== null && { subject }),
  };
  try {
    return readResult(
      await withTimeout(
        { clock: settings.clock, timeoutMs: messageMs, name: "Rewriting a message", signal },
        (abort) => channel.update?.(structuredClone(message), { externalId, signal: abort }),
      ),
    );
  } catch (error) {
    return { outcome: "ambiguous", reason: safeReason(errorMessage(error)) };
  }
}
