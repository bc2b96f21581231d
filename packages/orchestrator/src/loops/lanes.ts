/** Agent calls and custom actions of one name that run side by side. */
const namedWidth = 8;
/** Work of each lane that this node knows nothing of, e.g. of a channel that is no longer registered. */
const otherWidth = 4;

export interface LaneClaim {
  readonly lanes: Readonly<Record<string, number>>;
  readonly otherLanes: number;
}

/** What other nodes are about to begin is offered to this one as well; so much of it is passed over in one look. */
const othersWidth = 8;

/** How much runs in each lane, and how much more may. */
export class Lanes {
  readonly #running = new Map<string, number>();
  /** Of those, what is still offered, because its begin is not committed yet. */
  readonly #beginning = new Map<string, number>();
  readonly #widths = new Map<string, number>();

  enter(lane: string): void {
    add(this.#running, lane, 1);
    add(this.#beginning, lane, 1);
  }

  /** Its begin is committed, so it is offered no more. To be called at most once between `enter` and `leave`. */
  begun(lane: string): void {
    add(this.#beginning, lane, -1);
  }

  leave(lane: string, { hadBegun }: { readonly hadBegun: boolean }): void {
    add(this.#running, lane, -1);
    if (!hadBegun) this.begun(lane);
  }

  hasRoom(lane: string): boolean {
    return this.#count(lane) < this.#width(lane);
  }

  /**
   * What to claim. A full lane asks for nothing. One with room asks for as much as it can start, besides what is
   * offered and cannot be started: what is just beginning, here or elsewhere, and what is `paused`.
   */
  claim(free: {
    readonly channels: Readonly<Record<string, number>>;
    readonly named: readonly string[];
    readonly paused: number;
  }): LaneClaim {
    this.#widths.clear();
    for (const [channel, slots] of Object.entries(free.channels))
      this.#widths.set(channel, slots + this.#count(channel));
    for (const lane of free.named) this.#widths.set(lane, namedWidth);
    const lanes: Record<string, number> = {};
    for (const lane of this.#widths.keys()) {
      const room = this.#width(lane) - this.#count(lane);
      const inTheWay = (this.#beginning.get(lane) ?? 0) + free.paused + othersWidth;
      lanes[lane] = room > 0 ? room + inTheWay : 0;
    }
    return { lanes, otherLanes: 4 * otherWidth };
  }

  #width(lane: string): number {
    return this.#widths.get(lane) ?? otherWidth;
  }

  #count(lane: string): number {
    return this.#running.get(lane) ?? 0;
  }
}

function add(counts: Map<string, number>, lane: string, change: 1 | -1): void {
  const count = (counts.get(lane) ?? 0) + change;
  if (count > 0) counts.set(lane, count);
  else counts.delete(lane);
}
