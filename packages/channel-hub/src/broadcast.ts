import type { Delivery, Message } from "@hybrid-orchestrator/core";
import { withSkips } from "./advance.js";
import { wordsFor } from "./choose.js";
import { newDelivery } from "./delivery.js";
import { isNotNow } from "./obstacle.js";
import { obstacleFor } from "./route.js";
import type { HubViews } from "./views.js";

export interface BroadcastInput {
  readonly message: Message;
  readonly views: HubViews;
  readonly now: number;
  /** Default: every channel that can take the message. */
  readonly channels?: readonly string[];
}

/** One delivery of a broadcast. `channel` is null in the one that says that no channel can take it. */
export interface BroadcastPart {
  readonly channel: string | null;
  readonly delivery: Delivery;
}

/**
 * One message on several channels at once: a delivery for each, which never moves to another. A channel that cannot
 * take it, or that nobody knows, gets a failed delivery that says so. Whether it suits the urgency is not asked.
 */
export function planBroadcast({ message, views, now, channels }: BroadcastInput): readonly BroadcastPart[] {
  const part = (channel: string): BroadcastPart => ({
    channel,
    delivery: newDelivery({ ...message, channel }, views, now, { pinned: true }),
  });
  if (channels !== undefined) return [...new Set(channels)].map(part);

  const asked = [...views.channels.keys()].map((channel) => {
    const obstacle = obstacleFor(channel, {
      message,
      views,
      now,
      pinned: true,
    });
    // What only delays a channel is for the delivery on it to decide.
    return {
      channel,
      reason: obstacle === null || isNotNow(obstacle) ? null : obstacle.reason,
    };
  });
  const reaching = asked.filter(({ reason }) => reason === null);
  if (reaching.length > 0) return reaching.map(({ channel }) => part(channel));
  const skips = asked.map(({ channel, reason }) => ({ channel, reason: reason ?? "" }));
  const nobody = newDelivery({ ...message, channel: null }, views, now, { pinned: true });
  return [
    { channel: null, delivery: { ...nobody, reason: wordsFor(skips), skips: withSkips([], skips, now) } },
  ];
}
