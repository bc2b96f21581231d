/**
 * What stands in the way of a channel for one message. A refusal stands until somebody changes something; what is
 * `notNow` passes by itself.
 */
export type Obstacle =
  | {
      readonly kind: "refusal" | "suppressed" | "capped" | "killed";
      readonly reason: string;
    }
  | NotNow;

export interface NotNow {
  /**
   * - `quiet_hours`: a prompt makes no sense later, a follow-up is held.
   * - `breaker`, `slot`: another channel is better than waiting; where there is none, it waits.
   * - `rate`: waiting is better than another channel, as long as the channel's time allows it.
   */
  readonly kind: "quiet_hours" | "breaker" | "slot" | "rate";
  readonly reason: string;
  /** When to look again. */
  readonly until: number;
}

/** By channel, what is known from elsewhere: state that is kept for channels and addresses. */
export type Obstacles = ReadonlyMap<string, readonly Obstacle[]>;

export function isNotNow(obstacle: Obstacle): obstacle is NotNow {
  return "until" in obstacle;
}

/** On purpose never sent, rather than failed. */
export function isWithholding({ kind }: Obstacle): boolean {
  return kind === "suppressed" || kind === "capped" || kind === "killed";
}

// What is for good says more than what passes. But a cap is the cap of a day: what quiet hours hold until another
// day finds another cap then.
const weight: Record<Obstacle["kind"], number> = {
  refusal: 0,
  killed: 1,
  suppressed: 2,
  quiet_hours: 3,
  capped: 4,
  breaker: 5,
  slot: 6,
  rate: 7,
};

/** The one that counts among several. */
export function weightiest(obstacles: readonly Obstacle[]): Obstacle | null {
  return obstacles.reduce<Obstacle | null>(
    (first, next) => (first === null || weight[next.kind] < weight[first.kind] ? next : first),
    null,
  );
}
