import type { Skip } from "@hybrid-orchestrator/core";
import { isNotNow, isWithholding, type NotNow, type Obstacle } from "./obstacle.js";
import { candidates, obstacleFor, type RouteInput, type RouteStep, triedBefore } from "./route.js";

export interface ChooseInput extends RouteInput {
  /** Until when a message may wait for anything but the end of quiet hours. */
  readonly deadlineAt: number;
  /** Until when it may wait for a channel's next token rather than take another channel. */
  readonly channelDeadlineAt: number;
  /** Whether an attempt was made: then it has failed, whatever stands in the way now. */
  readonly tried: boolean;
}

type Skipped = Omit<Skip, "at">;

/**
 * - `go`: on that channel, now. `wait`: on that channel, but not before `until`; `held` where that is no delay of ours
 *   but the end of quiet hours, so that the deadlines move with it. `stop`: nothing is left.
 */
export type Choice = { readonly skips: readonly Skipped[] } & (
  | { readonly kind: "go"; readonly step: RouteStep }
  | {
      readonly kind: "wait";
      readonly step: RouteStep;
      readonly obstacle: NotNow;
      readonly held: boolean;
    }
  | {
      readonly kind: "stop";
      readonly status: "expired" | "suppressed" | "failed";
      readonly reason: string;
    }
);

/** The best channel that can take the message now; else the best thing to wait for; else why there is nothing. */
export function choose(input: ChooseInput): Choice {
  const skips: Skipped[] = [];
  const waits: { readonly step: RouteStep; readonly obstacle: NotNow }[] = [];
  let withheld = false;
  for (const step of candidates(input)) {
    const obstacle = obstacleFor(step.channel, input);
    if (obstacle === null) return { kind: "go", step, skips };
    if (isWorthWaiting(obstacle, input)) return { kind: "wait", step, obstacle, held: false, skips };
    skips.push({ channel: step.channel, reason: obstacle.reason });
    if (isNotNow(obstacle)) waits.push({ step, obstacle });
    if (isWithholding(obstacle)) withheld = true;
  }

  const quiet = waits.filter(({ obstacle }) => obstacle.kind === "quiet_hours");
  const delays = waits.filter(
    ({ obstacle }) => obstacle.kind !== "quiet_hours" && obstacle.until <= input.deadlineAt,
  );
  const delay = earliest(delays);
  if (delay !== null) return { kind: "wait", ...delay, held: false, skips };
  const end = earliest(quiet);
  if (end !== null && input.message.kind === "follow_up") return { kind: "wait", ...end, held: true, skips };
  if (end !== null) return { kind: "stop", status: "expired", reason: wordsFor(skips), skips };
  const status = withheld && !input.tried ? "suppressed" : "failed";
  return { kind: "stop", status, reason: wordsFor(skips), skips };
}

function isWorthWaiting(obstacle: Obstacle, input: ChooseInput): obstacle is NotNow {
  return obstacle.kind === "rate" && obstacle.until <= Math.min(input.channelDeadlineAt, input.deadlineAt);
}

function earliest<Wait extends { readonly obstacle: NotNow }>(waits: readonly Wait[]): Wait | null {
  return waits.reduce<Wait | null>(
    (first, next) => (first === null || next.obstacle.until < first.obstacle.until ? next : first),
    null,
  );
}

/** Why nothing is left, in words. */
export function wordsFor(skips: readonly Skipped[]): string {
  const reasons = skips
    .filter(({ reason }) => reason !== triedBefore)
    .map(({ channel, reason }) => `${channel} ${reason}`);
  const other = reasons.length < skips.length ? "other " : "";
  return cut([`No ${other}channel can take it`, reasons.join("; ")].filter((part) => part !== "").join(": "));
}

export function cut(text: string): string {
  return text.length <= 1_000 ? text : `${text.slice(0, 997)}...`;
}
