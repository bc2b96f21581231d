import type { Attempt, DeliveryEffect, DeliveryStatus, SendResult } from "@hybrid-orchestrator/core";
import { awaitCallback, exclude, moveOn, retryOrMoveOn } from "./advance.js";
import { safeReason } from "./mask.js";
import type { Obstacles } from "./obstacle.js";
import { changed, event, type Step, withAttempt } from "./step.js";
import { deduplicates, type HubViews } from "./views.js";

export interface SettleContext {
  readonly attemptId: string;
  readonly result: SendResult;
  readonly now: number;
  /** From 0 to 1, for the jitter. */
  readonly random: number;
  readonly views: HubViews;
  /** What is known to stand in the way of the channels that come next. */
  readonly obstacles?: Obstacles;
}

/**
 * Enters what became of an attempt and decides what follows. An answer that comes after its attempt was closed can only
 * turn "nobody knows" into `sent`; anything else changes nothing, and so does an attempt that is not known.
 */
export function settleAttempt(effect: DeliveryEffect, context: SettleContext): Step {
  const { attemptId, result, now } = context;
  const attempt = effect.delivery.attempts.find(({ id }) => id === attemptId);
  if (attempt === undefined) return { effect, events: [] };
  if (result.outcome === "sent") {
    const mayBe = attempt.outcome === null || attempt.outcome === "ambiguous" || attempt.outcome === "sent";
    if (!mayBe) return { effect, events: [] };
    return confirm(effect, attempt, { status: result.status ?? "sent", externalId: result.externalId, now });
  }
  if (attempt.endedAt !== null) return { effect, events: [] };
  return notSent(effect, attempt, { ...context, result });
}

function notSent(
  effect: DeliveryEffect,
  attempt: Attempt,
  {
    result,
    now,
    random,
    views,
    obstacles,
  }: SettleContext & {
    readonly result: Exclude<SendResult, { outcome: "sent" }>;
  },
): Step {
  const reason = safeReason(result.reason);
  const externalId =
    result.outcome === "ambiguous" ? (result.externalId ?? attempt.externalId) : attempt.externalId;
  const closed = changed(effect, {
    now,
    delivery: {
      attempts: withAttempt(effect.delivery.attempts, attempt.id, {
        outcome: result.outcome,
        reason,
        endedAt: now,
        externalId,
      }),
    },
    effect: { dueAt: null, lease: null },
  });
  const mayRepeat =
    result.outcome === "retryable" ||
    (result.outcome === "ambiguous" && deduplicates(attempt.channel, views));
  // A report has settled the delivery while this attempt was under way. A bounce may set it free again.
  if (effect.delivery.status !== "sending")
    return { effect: mayRepeat ? closed : exclude(closed, attempt.channel, now), events: [] };
  const after = { attempt, reason, now, views, obstacles };
  if (mayRepeat) {
    const retryAfterMs = result.outcome === "retryable" ? result.retryAfterMs : undefined;
    return retryOrMoveOn(closed, { ...after, random, retryAfterMs });
  }
  return result.outcome === "ambiguous" ? awaitCallback(closed, after) : moveOn(closed, after);
}

/** How far a delivery has come. Everything that is not listed is before `sent`; bounced is past all. */
const progress: Partial<Record<DeliveryStatus, number>> = { sent: 1, delivered: 2, read: 3, bounced: 4 };

export interface Confirmation {
  readonly status: "sent" | "delivered" | "read";
  readonly externalId?: string | undefined;
  readonly now: number;
}

/** An attempt is known to have reached the channel, or more. Whatever else was planned is off. */
export function confirm(
  effect: DeliveryEffect,
  attempt: Attempt,
  { status, externalId, now }: Confirmation,
): Step {
  const { delivery } = effect;
  const better = (progress[status] ?? 0) > (progress[delivery.status] ?? 0);
  const nothingNew = attempt.outcome === "sent" && (externalId === undefined || attempt.externalId !== null);
  if (!better && nothingNew) return { effect, events: [] };
  // An attempt on another channel may be under way: it keeps its lease until it ends, so that its end is not missed.
  const releases = attempt.endedAt === null || effect.lease === null;
  const confirmed = changed(effect, {
    now,
    delivery: {
      attempts: withAttempt(delivery.attempts, attempt.id, {
        outcome: "sent",
        reason: null,
        endedAt: attempt.endedAt ?? now,
        externalId: attempt.externalId ?? externalId ?? null,
      }),
      ...(better ? { status, reason: null, nextChannel: null } : {}),
    },
    effect: releases ? { dueAt: null, lease: null } : {},
  });
  return {
    effect: confirmed,
    events: better ? [event(`delivery.${status}`, confirmed, { now, channel: attempt.channel })] : [],
  };
}
