import {
  type Attempt,
  type DeliveryEffect,
  type Message,
  type NewEvent,
  OrchestratorError,
} from "@hybrid-orchestrator/core";
import { afterWaiting, awaitCallback, end, moveOn, retryOrMoveOn, route, withSkips } from "./advance.js";
import { chosenBy, type RouteInput, whyNot } from "./route.js";
import { changed, event, followedBy, openAttempt, type Step, triesOn, withAttempt } from "./step.js";
import type { HubViews, SessionView } from "./views.js";

export interface BeginContext {
  readonly now: number;
  readonly session: SessionView;
  readonly views: HubViews;
  /** Who would send. */
  readonly holder: string;
  /** The id of the attempt, should it begin. */
  readonly attemptId: string;
  /** Channels on which nothing can be begun just now. */
  readonly busy: readonly string[];
}

/**
 * - `send`: commit the effect, then send. The attempt counts as begun from that commit on.
 * - `closed`: nothing is to be sent, now or later. `wait`: it has changed and is to be looked at when it is due.
 * - `deferred`: nothing has changed; somebody else is at work on it, its channel is busy, or it is not due.
 */
export type Begin =
  | {
      readonly kind: "send";
      readonly effect: DeliveryEffect;
      readonly events: readonly NewEvent[];
      readonly channel: string;
      readonly attemptId: string;
      readonly timeoutMs: number;
    }
  | ({ readonly kind: "closed" | "wait" } & Step)
  | { readonly kind: "deferred" };

/** Decides, at the moment of sending, whether and where the next attempt of a delivery begins. */
export function beginAttempt(effect: DeliveryEffect, context: BeginContext): Begin {
  const { now } = context;
  if (effect.lease !== null && now < effect.lease.until) return { kind: "deferred" };
  if (effect.dueAt !== null && now < effect.dueAt) return { kind: "deferred" };

  let step: Step = { effect, events: [] };
  const left = openAttempt(effect);
  if (left !== undefined) step = followedBy(step, (current) => giveUp(current, left, context));
  if (step.effect.delivery.status === "waiting" && isDue(step.effect, now)) {
    step = followedBy(step, (current) => afterWaiting(current, context));
  }
  if (step.effect.delivery.status === "pending" && isDue(step.effect, now)) {
    step = followedBy(step, (current) => recheck(current, context));
  }

  const { status, nextChannel } = step.effect.delivery;
  if (status !== "pending" && status !== "waiting") return { kind: "closed", ...step };
  if (
    status === "pending" &&
    isDue(step.effect, now) &&
    nextChannel !== null &&
    !context.busy.includes(nextChannel)
  ) {
    return begin(step, nextChannel, context);
  }
  return step.effect === effect ? { kind: "deferred" } : { kind: "wait", ...step };
}

/** Why a message may not leave as its session stands; null when it may. */
export function withheld(
  message: Pick<Message, "validWhile" | "whileHuman" | "automated">,
  writtenUnder: number | null,
  session: SessionView,
): string | null {
  if (message.validWhile !== "always" && !message.validWhile.includes(session.status)) {
    return `the session is ${session.status}`;
  }
  if (!message.automated || message.whileHuman === "send") return null;
  if (session.owner.kind === "human") return "a human has taken over";
  const handedOver = writtenUnder !== null && writtenUnder !== session.ownershipEpoch;
  return handedOver ? "the session changed hands after it was written" : null;
}

/** The process that began this attempt did not come back within its lease. */
function giveUp(effect: DeliveryEffect, attempt: Attempt, { now, views }: BeginContext): Step {
  const reason = "whoever sent it did not report back in time";
  const closed = changed(effect, {
    now,
    delivery: {
      attempts: withAttempt(effect.delivery.attempts, attempt.id, {
        outcome: "ambiguous",
        reason,
        endedAt: now,
      }),
    },
    effect: { dueAt: null, lease: null },
  });
  // A report has settled the delivery while this attempt was under way.
  if (effect.delivery.status !== "sending") return { effect: closed, events: [] };
  const after = { attempt, reason, now, views };
  const idempotent = views.channels.get(attempt.channel)?.capabilities.idempotent === true;
  return idempotent ? retryOrMoveOn(closed, { ...after, random: 0 }) : awaitCallback(closed, after);
}

/** What may have changed since the attempt was planned. Caps, quiet hours and a kill switch belong here as well. */
function recheck(effect: DeliveryEffect, context: BeginContext): Step {
  const { now, views, session } = context;
  const { delivery } = effect;
  const reason = withheld(delivery.message, effect.ownershipEpoch, session);
  if (reason !== null) return end(effect, { status: "suppressed", reason, now });
  if (now > delivery.deadlineAt) {
    const tried = delivery.attempts.some((attempt) => attempt.generation === delivery.generation);
    return end(effect, {
      status: tried ? "failed" : "expired",
      reason: [delivery.reason, "the deadline has passed"].filter(Boolean).join("; "),
      now,
    });
  }
  const channel = delivery.nextChannel;
  if (channel === null) {
    return route(effect, { exhausted: delivery.exhausted, reason: "no channel was planned", now, views });
  }
  const timeIsOver = delivery.channelDeadlineAt !== null && now > delivery.channelDeadlineAt;
  const problem = timeIsOver ? "its time is over" : whyNot(channel, routeInput(effect, views));
  if (problem === null) return { effect, events: [] };
  const noted = changed(effect, {
    now,
    delivery: { skips: withSkips(delivery.skips, [{ channel, reason: problem }], now) },
  });
  // A channel that was tried is left for good; one that was only planned may come back.
  if (triesOn(channel, delivery) > 0) {
    return moveOn(noted, { attempt: { channel }, reason: problem, now, views });
  }
  return route(noted, { exhausted: delivery.exhausted, reason: `${channel} ${problem}`, now, views });
}

function begin(step: Step, channel: string, { now, views, holder, attemptId }: BeginContext): Begin {
  const { effect } = step;
  const { delivery } = effect;
  const view = views.channels.get(channel);
  // Never so: recheck has just found it.
  if (view === undefined) throw new OrchestratorError("internal", `Channel ${channel} is not registered.`);
  const until = now + view.timeoutMs + views.policy.leaseMarginMs;
  const attempt: Attempt = {
    id: attemptId,
    channel,
    chosenBy: chosenBy(channel, routeInput(effect, views)),
    generation: delivery.generation,
    startedAt: now,
    endedAt: null,
    outcome: null,
    reason: null,
    externalId: null,
  };
  const first = triesOn(channel, delivery) === 0;
  const sending = changed(effect, {
    now,
    delivery: {
      status: "sending",
      attempts: [...delivery.attempts, attempt],
      nextChannel: null,
      channelDeadlineAt: first
        ? Math.min(now + views.policy.channelDeadlineMs[delivery.message.urgency], delivery.deadlineAt)
        : delivery.channelDeadlineAt,
    },
    effect: { lane: channel, dueAt: until, lease: { holder, until }, tries: effect.tries + 1 },
  });
  const events = [...step.events, event("delivery.attempted", sending, { now, channel })];
  return { kind: "send", effect: sending, events, channel, attemptId, timeoutMs: view.timeoutMs };
}

function routeInput({ delivery }: DeliveryEffect, views: HubViews): RouteInput {
  return { message: delivery.message, views, exhausted: delivery.exhausted, pinned: delivery.pinned };
}

function isDue(effect: DeliveryEffect, now: number): boolean {
  return effect.dueAt !== null && effect.dueAt <= now;
}
