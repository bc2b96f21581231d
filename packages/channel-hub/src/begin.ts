import {
  type Attempt,
  type DeliveryEffect,
  type Message,
  type NewEvent,
  OrchestratorError,
} from "@hybrid-orchestrator/core";
import { afterWaiting, chooseFor, end, moveOn, route, waitFor, withSkips } from "./advance.js";
import { isNotNow, type Obstacle, type Obstacles } from "./obstacle.js";
import { chosenBy, obstacleFor, type RouteInput } from "./route.js";
import { settleAttempt } from "./settle.js";
import { changed, event, followedBy, openAttempt, type Step, triesOn } from "./step.js";
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
  /** What is known to stand in the way of channels, besides what routing sees by itself. */
  readonly obstacles?: Obstacles;
  /** Why the message may not leave at all, where something outside the session says so: a kill switch. */
  readonly withheld?: string | null;
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

/** The process that began this attempt did not come back within its lease: nobody knows what became of it. */
function giveUp(
  effect: DeliveryEffect,
  { id: attemptId }: Attempt,
  { now, views, obstacles }: BeginContext,
): Step {
  const result = { outcome: "ambiguous", reason: "whoever sent it did not report back in time" } as const;
  // It has waited long enough.
  return settleAttempt(effect, { attemptId, result, now, random: 0, views, ...(obstacles && { obstacles }) });
}

/** What may have changed since the attempt was planned. */
function recheck(effect: DeliveryEffect, context: BeginContext): Step {
  const { now, session } = context;
  const { delivery } = effect;
  const reason = withheld(delivery.message, effect.ownershipEpoch, session) ?? context.withheld ?? null;
  if (reason !== null) return end(effect, { status: "suppressed", reason, now });
  if (now > delivery.deadlineAt) {
    const tried = delivery.attempts.some((attempt) => attempt.generation === delivery.generation);
    return end(effect, {
      status: tried ? "failed" : "expired",
      reason: [delivery.reason, "the deadline has passed"].filter(Boolean).join("; "),
      now,
    });
  }
  return recheckChannel(effect, context);
}

/** Whether the planned channel still takes it. What only delays it there is waited for, if no other goes at once. */
function recheckChannel(effect: DeliveryEffect, { now, views, obstacles }: BeginContext): Step {
  const { delivery } = effect;
  const { exhausted, channelDeadlineAt, nextChannel: channel } = delivery;
  const situation = { exhausted, now, views, obstacles };
  if (channel === null) return route(effect, { ...situation, reason: "no channel was planned" });
  const timeIsOver = channelDeadlineAt !== null && now > channelDeadlineAt;
  const obstacle: Obstacle | null = timeIsOver
    ? { kind: "refusal", reason: "its time is over" }
    : obstacleFor(channel, routeInput(effect, { now, views, obstacles }));
  if (obstacle === null) return { effect, events: [] };
  if (isNotNow(obstacle)) {
    const choice = chooseFor(effect, { ...situation, channelDeadlineAt });
    if (choice.kind === "wait" && choice.step.channel === channel)
      return { effect: waitFor(effect, choice, now), events: [] };
  }
  const { reason } = obstacle;
  const noted = changed(effect, {
    now,
    delivery: { skips: withSkips(delivery.skips, [{ channel, reason }], now) },
  });
  // A channel that was tried is left for good; one that was only planned, or is only delayed, may come back.
  if (triesOn(channel, delivery) > 0 && !isNotNow(obstacle)) {
    return moveOn(noted, {
      attempt: { channel },
      reason,
      now,
      views,
      obstacles,
    });
  }
  return route(noted, { ...situation, reason: `${channel} ${reason}` });
}

function begin(
  step: Step,
  channel: string,
  { now, views, holder, attemptId, obstacles }: BeginContext,
): Begin {
  const { effect } = step;
  const { delivery } = effect;
  const view = views.channels.get(channel);
  // Never so: recheck has just found it.
  if (view === undefined) throw new OrchestratorError("internal", `Channel ${channel} is not registered.`);
  const until = now + view.timeoutMs + views.policy.leaseMarginMs;
  const attempt: Attempt = {
    id: attemptId,
    channel,
    chosenBy: chosenBy(channel, routeInput(effect, { now, views, obstacles })),
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

function routeInput(
  { delivery }: DeliveryEffect,
  situation: Pick<BeginContext, "now" | "views"> & {
    readonly obstacles: Obstacles | undefined;
  },
): RouteInput {
  const { message, exhausted, pinned } = delivery;
  return { message, exhausted, pinned, ...situation };
}

function isDue(effect: DeliveryEffect, now: number): boolean {
  return effect.dueAt !== null && effect.dueAt <= now;
}
