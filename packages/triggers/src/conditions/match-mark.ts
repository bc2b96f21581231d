import type { Activity, Json } from "@hybrid-orchestrator/core";
import { instant } from "../words.js";
import type { Moment } from "./leaf.js";

/** Which entry made a momentary condition hold last. It holds at that entry's own moment and never again. */
export class MatchMark {
  #seq = 0;
  #at = 0;

  set(activity: Activity): true {
    this.#seq = activity.seq;
    this.#at = activity.effectiveAt;
    return true;
  }

  isNow(moment: Moment): boolean {
    return moment.activity !== null && moment.activity.seq === this.#seq;
  }

  describe(): string {
    return this.#seq === 0
      ? "it has not been seen yet"
      : `last seen at ${instant(this.#at)}, entry ${this.#seq} of the log; it counts at that instant alone`;
  }

  save(): Json {
    return this.#seq === 0 ? null : [this.#seq, this.#at];
  }

  load(state: Json | undefined): void {
    const [seq, at] = (state ?? [0, 0]) as [number, number];
    this.#seq = seq;
    this.#at = at;
  }
}
