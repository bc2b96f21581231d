import type { Json, LeafCondition } from "@hybrid-orchestrator/core";
import { member } from "../json-tools.js";
import { count } from "../words.js";
import type { Entry, Leaf, LeafTracker, Moment } from "./leaf.js";
import { MatchMark } from "./match-mark.js";

type TrendCondition = Extract<LeafCondition, { type: "trend" }>;

export function trend(condition: TrendCondition): Leaf {
  const text = `${condition.metric} ${condition.direction} ${count(condition.times, "time")} in a row`;
  return {
    nature: "momentary",
    interests: [{ on: "data", key: condition.metric }],
    text,
    start: () => new TrendTracker(condition, text),
  };
}

class TrendTracker implements LeafTracker {
  readonly size = 1;
  readonly #mark = new MatchMark();
  #last: number | null = null;
  #moves = 0;

  constructor(
    private readonly condition: TrendCondition,
    private readonly text: string,
  ) {}

  apply({ activity }: Entry): boolean {
    const { metric, direction, times } = this.condition;
    const value = member(activity.data, metric);
    if (typeof value !== "number") return false;
    const moved = this.#last !== null && (direction === "rising" ? value > this.#last : value < this.#last);
    this.#moves = moved ? this.#moves + 1 : 0;
    this.#last = value;
    return this.#moves >= times && this.#mark.set(activity);
  }

  holds(moment: Moment): boolean {
    return this.#mark.isNow(moment);
  }

  nextChangeAt(): null {
    return null;
  }

  consume(moment: Moment): boolean {
    if (!this.holds(moment)) return false;
    this.#last = null;
    this.#moves = 0;
    return true;
  }

  describe(moment: Moment): string {
    if (this.holds(moment)) return this.text;
    return `${this.#moves} of ${count(this.condition.times, "move")}; ${this.#mark.describe()}`;
  }

  save(): Json {
    const mark = this.#mark.save();
    return mark === null && this.#last === null ? null : [mark, this.#last, this.#moves];
  }

  load(state: Json): void {
    const [mark, last, moves] = state as [Json, number | null, number];
    this.#mark.load(mark ?? undefined);
    this.#last = last;
    this.#moves = moves;
  }
}
