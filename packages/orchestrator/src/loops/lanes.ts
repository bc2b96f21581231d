/** Agent calls and custom actions of one name that run side by side. */
const namedWidth = 8;
/** Work of each lane that this node knows nothing of, e.g. of a channel that is no longer registered. */
const otherWidth = 4;

export interface LaneClaim {
  readonly lanes: Readonly<Record<string, number>>;
  readonly otherLanes: number;
}

/** How much runs in each lane, and how much more may. */
export class Lanes {
  readonly #running = new Map<string, number>();
  readonly #widths = new Map<string, number>();

  enter(lane: string): void {
    this.#running.set(lane, this.#count(lane) + 1);
  }

  leave(lane: string): void {
    const left = this.#count(lane) - 1;
    if (left > 0) this.#running.set(lane, left);
    else this.#running.delete(lane);
  }

  hasRoom(lane: string): boolean {
    return this.#count(lane) < (this.#widths.get(lane) ?? otherWidth);
  }

  /**
   * What to claim. What runs already is offered until its begin is committed, so a lane with room asks for its whole
   * width, and a full one for nothing.
   */
  claim(free: {
    readonly channels: Readonly<Record<string, number>>;
    readonly named: readonly string[];
  }): LaneClaim {
    this.#widths.clear();
    for (const [channel, slots] of Object.entries(free.channels))
      this.#widths.set(channel, slots + this.#count(channel));
    for (const lane of free.named) this.#widths.set(lane, namedWidth);
    const lanes: Record<string, number> = {};
    for (const [lane, width] of this.#widths) lanes[lane] = this.hasRoom(lane) ? width : 0;
    return { lanes, otherLanes: 4 * otherWidth };
  }

  #count(lane: string): number {
    return this.#running.get(lane) ?? 0;
  }
}
