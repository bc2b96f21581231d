import { errorMessage, type Message } from "@hybrid-orchestrator/core";
import { safeReason } from "./mask.js";
import { type Obstacle, type Obstacles, weightiest } from "./obstacle.js";
import { areFor, quietUntil } from "./quiet-hours.js";
import type { ChannelView, HubViews } from "./views.js";

/** What routing looks at in a message. */
export type RoutableMessage = Pick<
  Message,
  "channel" | "need" | "severity" | "urgency" | "audience" | "recipient" | "kind"
>;

export interface RouteInput {
  readonly message: RoutableMessage;
  readonly views: HubViews;
  readonly now: number;
  /** What is known from elsewhere. */
  readonly obstacles?: Obstacles | undefined;
  /** Channels that have been tried and are out of the question. */
  readonly exhausted?: readonly string[];
  /** Only the message's own channel may be used. */
  readonly pinned?: boolean;
}

export interface RouteStep {
  readonly channel: string;
  /** `message`, `preference`, `severity:high`, `need:link`, `urgency:normal`, `fallback` or `priority`. */
  readonly chosenBy: string;
}

/** The channels that would be tried, in order, and why each other one would not. */
export interface RoutePlan {
  readonly steps: readonly RouteStep[];
  readonly skips: readonly { readonly channel: string; readonly reason: string }[];
}

/** Decides which channels a message may take, best first. Never throws, whatever a channel's own code does. */
export function planRoute(input: RouteInput): RoutePlan {
  const steps: RouteStep[] = [];
  const skips: { channel: string; reason: string }[] = [];
  for (const step of candidates(input)) {
    const obstacle = obstacleFor(step.channel, input);
    if (obstacle !== null) skips.push({ channel: step.channel, reason: obstacle.reason });
    else if (steps.length > 0 && !input.views.policy.fallback)
      skips.push({ channel: step.channel, reason: fallbackIsOff });
    else steps.push(step);
  }
  return { steps, skips };
}

/** What speaks for a channel that was chosen earlier; configuration may have changed since. */
export function chosenBy(channel: string, input: RouteInput): string {
  return candidates(input).find((step) => step.channel === channel)?.chosenBy ?? "plan";
}

/** What keeps a channel from taking this message now; null when nothing does. */
export function obstacleFor(channel: string, input: RouteInput): Obstacle | null {
  const view = input.views.channels.get(channel);
  if (view === undefined) return { kind: "refusal", reason: "is not registered" };
  for (const check of checks) {
    const reason = check(view, input);
    if (reason !== null) return { kind: "refusal", reason };
  }
  return weightiest([...quietHours(view, input), ...(input.obstacles?.get(channel) ?? [])]);
}

/** Each channel once, at the best place that anything gives it. */
export function candidates({ message, views, pinned }: RouteInput): RouteStep[] {
  const { policy, channels, preferences } = views;
  const { channel, need, severity, urgency, audience, recipient } = message;
  const steps = new Map<string, RouteStep>();
  const add = (names: readonly string[] | undefined, chosenBy: string) => {
    for (const name of names ?? []) if (!steps.has(name)) steps.set(name, { channel: name, chosenBy });
  };

  if (channel !== null) add([channel], "message");
  if (pinned === true) return [...steps.values()];
  if (recipient.preferredChannel !== undefined) add([recipient.preferredChannel], "preference");
  if (severity !== null && audience === "worker" && recipient.available) {
    add(own(policy.severityRoutes, severity), `severity:${severity}`);
  }
  if (need !== null) {
    add(own(preferences, need), `need:${need}`);
    add(own(policy.needRoutes, need), `need:${need}`);
  }
  add(own(policy.urgencyRoutes, urgency), `urgency:${urgency}`);
  if (policy.fallbackChannels !== null) add(policy.fallbackChannels, "fallback");
  else add([...channels.keys()], "priority");
  return [...steps.values()];
}

/** Needs no note of its own: the attempts tell. */
export const triedBefore = "has been tried";
const fallbackIsOff = "would be a fallback, which is off";

type Check = (view: ChannelView, input: RouteInput) => string | null;

/** Who can take a message at all, in order. What only stands in the way for now is an {@link Obstacle} of its own. */
const checks: readonly Check[] = [
  (view) => (view.enabled ? null : "is disabled"),
  (view, { exhausted = [] }) => (exhausted.includes(view.name) ? triedBefore : null),
  (_, { exhausted = [], views }) => (exhausted.length > 0 && !views.policy.fallback ? fallbackIsOff : null),
  fitsAudience,
  isAvailable,
  reaches,
  suitsUrgency,
];

function fitsAudience({ capabilities }: ChannelView, { message }: RouteInput): string | null {
  if (capabilities.audience === "both" || capabilities.audience === message.audience) return null;
  return `is for ${capabilities.audience}s, and the message is for a ${message.audience}`;
}

function isAvailable({ name }: ChannelView, { message, views }: RouteInput): string | null {
  if (message.recipient.available || !views.policy.interruptingChannels.includes(name)) return null;
  return "interrupts people, and the recipient is not available";
}

function reaches(view: ChannelView, { message }: RouteInput): string | null {
  return answer(() => view.canReach(message.recipient), {
    no: "has no address for the recipient",
    check: "canReach",
  });
}

/** Whoever pins a message to a channel has decided that it suits. */
function suitsUrgency(view: ChannelView, { message, pinned }: RouteInput): string | null {
  if (pinned === true) return null;
  return answer(() => view.matchesUrgency(message.urgency), {
    no: `does not suit urgency ${message.urgency}`,
    check: "matchesUrgency",
  });
}

function quietHours({ name }: ChannelView, { message, views, now }: RouteInput): Obstacle[] {
  const { quietHours: hours, defaultTimeZone } = views.policy;
  if (hours === null || !areFor(hours, message, name)) return [];
  const until = quietUntil(now, message.recipient.timeZone ?? defaultTimeZone, hours);
  const reason = `is not used in quiet hours (${hours.start} to ${hours.end})`;
  return until === null ? [] : [{ kind: "quiet_hours", reason, until }];
}

function answer(ask: () => boolean, words: { readonly no: string; readonly check: string }): string | null {
  try {
    return ask() === true ? null : words.no;
  } catch (error) {
    return safeReason(`failed in ${words.check}: ${errorMessage(error)}`);
  }
}

function own<Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
