import type { AttemptOutcome } from "@hybrid-orchestrator/core";
import { type Breaker, begun, closedBreaker, ended, opensAt, withdrawn } from "./breaker.js";
import type { NotNow } from "./obstacle.js";
import { type Rate, TokenBucket } from "./token-bucket.js";
import type { ChannelView } from "./views.js";

/** A delivery on its way through a channel to an address. */
export interface Passage {
  readonly view: ChannelView;
  readonly destination: string;
  readonly deliveryId: string;
  readonly now: number;
}

/**
 * Breakers, token buckets and sends that hang: what one process knows of its channels. Nothing of it is stored: each
 * process sees for itself whether a channel works, and a rate is a rate for each process.
 */
export interface Gates {
  /** What stands in the way just now. */
  obstacles(passage: Passage): readonly NotNow[];
  /** Takes what the passage costs, where nothing stood in the way. The returned function gives it back, unused. */
  enter(passage: Passage, attemptId: string): (now: number) => void;
  /** The delivery comes back at that moment, and keeps its place in the queue until then. */
  wait(passage: Passage, until: number): void;
  /** What became of an attempt. */
  ended(view: ChannelView, end: { attemptId: string; outcome: AttemptOutcome; now: number }): void;
  /** A send was given up, and the channel is still at it. The returned function says that it has ended. */
  hangs(channel: string): () => void;
}

/** Sends that hang end when they end; this is how often somebody looks. */
const hungPauseMs = 5_000;
/** After so many new addresses, those that have rested are forgotten. */
const sweepEvery = 1_000;

export function createGates(): Gates {
  const breakers = new Map<string, Breaker>();
  const hung = new Map<string, number>();
  const buckets = new Map<string, { readonly rate: Rate; readonly bucket: TokenBucket }>();
  let made = 0;

  function bucketFor(key: string, rate: Rate, now: number): TokenBucket {
    const known = buckets.get(key);
    if (known?.rate.perSecond === rate.perSecond && known.rate.burst === rate.burst) return known.bucket;
    made += 1;
    if (made % sweepEvery === 0) {
      for (const [name, entry] of buckets) if (entry.bucket.isFresh(now)) buckets.delete(name);
    }
    const bucket = new TokenBucket(rate, now);
    buckets.set(key, { rate, bucket });
    return bucket;
  }
  function bucketsFor({ view, destination, now }: Passage): TokenBucket[] {
    const found: TokenBucket[] = [];
    if (view.rate !== null) found.push(bucketFor(view.name, view.rate, now));
    if (view.destinationRate !== null)
      found.push(bucketFor(`${view.name}\n${destination}`, view.destinationRate, now));
    return found;
  }
  function breakerOf(channel: string): Breaker {
    return breakers.get(channel) ?? closedBreaker;
  }

  return {
    obstacles(passage) {
      const { view, deliveryId, now } = passage;
      const found: NotNow[] = [];
      const reopens = view.breaker === null ? null : opensAt(breakerOf(view.name), now);
      if (reopens !== null)
        found.push({
          kind: "breaker",
          reason: "has failed too often, its breaker is open",
          until: reopens,
        });
      const hanging = hung.get(view.name) ?? 0;
      if (hanging >= view.concurrency) {
        const reason = `has ${hanging} sends that do not end`;
        found.push({ kind: "breaker", reason, until: now + hungPauseMs });
      }
      const until = Math.max(
        now,
        ...bucketsFor(passage).map((bucket) => bucket.availableAt(deliveryId, now)),
      );
      if (until > now)
        found.push({
          kind: "rate",
          reason: "has reached its rate limit",
          until,
        });
      return found;
    },
    enter(passage, attemptId) {
      const { view, deliveryId, now } = passage;
      const taken = bucketsFor(passage);
      for (const bucket of taken) bucket.take(deliveryId);
      if (view.breaker !== null) {
        const attempt = { attempt: attemptId, now, timeoutMs: view.timeoutMs };
        breakers.set(view.name, begun(breakerOf(view.name), attempt));
      }
      return (at) => {
        for (const bucket of taken) bucket.giveBack();
        breakers.set(view.name, withdrawn(breakerOf(view.name), attemptId, at));
      };
    },
    wait(passage, until) {
      const { deliveryId, now } = passage;
      // Only where it has to wait the longest: its place elsewhere would keep others waiting for nothing.
      const slowest = bucketsFor(passage)
        .map((bucket) => ({ bucket, at: bucket.availableAt(deliveryId, now) }))
        .reduce<{ bucket: TokenBucket; at: number } | null>(
          (last, next) => (last === null || next.at > last.at ? next : last),
          null,
        );
      slowest?.bucket.wait(deliveryId, until);
    },
    ended(view, { attemptId, outcome, now }) {
      if (view.breaker === null) return;
      const end = { attempt: attemptId, outcome, now, settings: view.breaker };
      breakers.set(view.name, ended(breakerOf(view.name), end));
    },
    hangs(channel) {
      hung.set(channel, (hung.get(channel) ?? 0) + 1);
      return () => void hung.set(channel, (hung.get(channel) ?? 1) - 1);
    },
  };
}
