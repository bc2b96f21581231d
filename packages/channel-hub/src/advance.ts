import type { Attempt, DeliveryEffect, DeliveryStatus, Skip } from "@hybrid-orchestrator/core";
import { type Choice, choose, cut } from "./choose.js";
import type { Obstacles } from "./obstacle.js";
import { retryDelay } from "./retry.js";
import { triedBefore } from "./route.js";
import { changed, event, including, type Step, triesOn } from "./step.js";
import type { HubViews } from "./views.js";

/** What a delivery goes on from. */
export interface Situation {
  /** What happened, in words, for the record. */
  readonly reason: string;
  readonly now: number;
  readonly views: HubViews;
  readonly obstacles?: Obstacles | undefined;
}

/** The attempt that did not succeed; its row says so already. */
export interface After extends Situation {
  readonly attempt: Pick<Attempt, "channel">;
}

/** How it ends where there is no other channel. Default: `failed`. */
interface Otherwise {
  readonly otherwise?: "failed" | "bounced";
}

/** Tries the same channel again while its tries and its time last; then another. */
export function retryOrMoveOn(
  effect: DeliveryEffect,
  after: After & { readonly random: number; readonly retryAfterMs?: number | undefined },
): Step {
  const { attempt, reason, now, views, obstacles } = after;
  const { channel } = attempt;
  const { delivery } = effect;
  const view = views.channels.get(channel);
  const tries = triesOn(channel, delivery);
  if (delivery.exhausted.includes(channel)) return moveOn(effect, after);
  if (view === undefined || tries >= view.maxAttempts) {
    return moveOn(effect, {
      attempt,
      reason: `${reason} (tried ${times(tries)})`,
      now,
      views,
      obstacles,
    });
  }
  const { random, retryAfterMs } = after;
  const dueAt = now + retryDelay({ retry: tries - 1, random, retryAfterMs, settings: view });
  if (dueAt > Math.min(delivery.channelDeadlineAt ?? delivery.deadlineAt, delivery.deadlineAt)) {
    return moveOn(effect, {
      attempt,
      reason: `${reason} (a retry would come too late)`,
      now,
      views,
      obstacles,
    });
  }
  const retried = changed(effect, {
    now,
    delivery: { status: "pending", reason, nextChannel: channel },
    effect: { lane: channel, dueAt, lease: null },
  });
  return { effect: retried, events: [event("delivery.retried", retried, { now, channel })] };
}

/** Notes that the channel is out of the question from now on, should the delivery ever look for one again. */
export function exclude(effect: DeliveryEffect, channel: string, now: number): DeliveryEffect {
  const exhausted = including(effect.delivery.exhausted, channel);
  return changed(effect, { now, delivery: { exhausted } });
}

/** Leaves the attempt's channel for good: on to the next one, or to the dead letters. */
export function moveOn(effect: DeliveryEffect, { attempt, reason, ...rest }: After & Otherwise): Step {
  const exhausted = including(effect.delivery.exhausted, attempt.channel);
  return route(effect, { ...rest, exhausted, reason: `${attempt.channel}: ${reason}` });
}

/** Plans the next channel anew; with none left, or no time, the delivery ends. */
export function route(
  effect: DeliveryEffect,
  situation: Situation & Otherwise & { readonly exhausted: readonly string[] },
): Step {
  const { exhausted, reason, now, otherwise: status = "failed" } = situation;
  const { delivery } = effect;
  if (now > delivery.deadlineAt) {
    return end(effect, { status, reason: `${reason}. The deadline has passed`, now, exhausted });
  }
  const choice = chooseFor(effect, { ...situation, channelDeadlineAt: null });
  const skips = withSkips(delivery.skips, choice.skips, now);
  if (choice.kind === "stop") {
    const ending = status === "bounced" ? status : choice.status;
    return end(effect, {
      status: ending,
      reason: `${reason}. ${choice.reason}`,
      now,
      exhausted,
      skips,
    });
  }
  const { channel } = choice.step;
  const rerouted = changed(effect, {
    now,
    delivery: {
      status: "pending",
      reason,
      exhausted,
      skips,
      nextChannel: channel,
      channelDeadlineAt: null,
    },
    effect: { lane: channel, dueAt: now, lease: null },
  });
  const events = [event("delivery.rerouted", rerouted, { now, channel })];
  return choice.kind === "go"
    ? { effect: rerouted, events }
    : { effect: waitFor(rerouted, choice, now), events };
}

/** Which channel, as things stand for this delivery. */
export function chooseFor(
  { delivery }: DeliveryEffect,
  situation: Omit<Situation, "reason"> & {
    readonly exhausted: readonly string[];
    /** Null: the channel has not been tried, so its time begins now. */
    readonly channelDeadlineAt: number | null;
  },
): Choice {
  const { message, pinned, deadlineAt, generation, attempts } = delivery;
  const { now, views, obstacles, exhausted, channelDeadlineAt } = situation;
  return choose({
    message,
    views,
    now,
    obstacles,
    exhausted,
    pinned,
    deadlineAt,
    channelDeadlineAt: channelDeadlineAt ?? now + views.policy.channelDeadlineMs[message.urgency],
    tried: attempts.some((attempt) => attempt.generation === generation),
  });
}

/** Stands in the lane of its channel until what is in the way has passed. Quiet hours take nothing off its time. */
export function waitFor(
  effect: DeliveryEffect,
  { step, obstacle, held }: Extract<Choice, { kind: "wait" }>,
  now: number,
): DeliveryEffect {
  const { deadlineAt, channelDeadlineAt } = effect.delivery;
  const heldMs = held ? obstacle.until - now : 0;
  return changed(effect, {
    now,
    delivery: {
      reason: `${step.channel} ${obstacle.reason}`,
      nextChannel: step.channel,
      deadlineAt: deadlineAt + heldMs,
      channelDeadlineAt: channelDeadlineAt === null ? null : channelDeadlineAt + heldMs,
    },
    effect: { lane: step.channel, dueAt: obstacle.until, lease: null },
  });
}

/** Ambiguous on a channel that does not deduplicate: never tried there again; a callback or the time decides. */
export function awaitCallback(effect: DeliveryEffect, { attempt, reason, now, views }: After): Step {
  const { delivery } = effect;
  const dueAt = Math.min(
    now + views.policy.ambiguousWaitMs[delivery.message.urgency],
    Math.max(delivery.deadlineAt, now),
  );
  const waiting = changed(effect, {
    now,
    delivery: {
      status: "waiting",
      reason,
      nextChannel: null,
      exhausted: including(delivery.exhausted, attempt.channel),
    },
    effect: { lane: attempt.channel, dueAt, lease: null },
  });
  return {
    effect: waiting,
    events: [event("delivery.ambiguous", waiting, { now, channel: attempt.channel })],
  };
}

/** No callback came. */
export function afterWaiting(
  effect: DeliveryEffect,
  { now, views, obstacles }: Omit<Situation, "reason">,
): Step {
  const { message, attempts, exhausted } = effect.delivery;
  const channel = attempts.findLast((attempt) => attempt.outcome === "ambiguous")?.channel ?? effect.lane;
  const reason = `${channel}: nobody knows whether it arrived`;
  if (views.policy.onAmbiguous[message.urgency] === "fallback") {
    return route(effect, { exhausted, reason, now, views, obstacles });
  }
  return end(effect, { status: "failed", reason, now });
}

interface End {
  readonly status: Extract<DeliveryStatus, "failed" | "bounced" | "suppressed" | "expired">;
  readonly reason: string;
  readonly now: number;
  readonly exhausted?: readonly string[];
  readonly skips?: readonly Skip[];
}

/** Nothing more is tried. */
export function end(effect: DeliveryEffect, how: End): Step {
  const { status, now } = how;
  const { attempts, exhausted, skips } = effect.delivery;
  const ended = changed(effect, {
    now,
    delivery: {
      status,
      reason: cut(how.reason),
      nextChannel: null,
      exhausted: how.exhausted ?? exhausted,
      skips: how.skips ?? skips,
    },
    effect: { dueAt: null, lease: null },
  });
  return {
    effect: ended,
    events: [event(`delivery.${status}`, ended, { now, channel: attempts.at(-1)?.channel ?? null })],
  };
}

/** The skips with new ones added; the same channel with the same reason is noted once. */
export function withSkips(
  known: readonly Skip[],
  more: readonly { readonly channel: string; readonly reason: string }[],
  now: number,
): readonly Skip[] {
  const fresh = more.filter(
    (skip) =>
      skip.reason !== triedBefore &&
      !known.some(({ channel, reason }) => channel === skip.channel && reason === skip.reason),
  );
  return fresh.length === 0
    ? known
    : [...known, ...fresh.map(({ channel, reason }) => ({ channel, reason, at: now }))];
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
