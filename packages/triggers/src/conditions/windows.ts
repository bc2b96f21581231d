import type { Json, LeafCondition } from "@hybrid-orchestrator/core";
import { RecentKeys } from "../recent-keys.js";
import { count, list, span, toMs } from "../words.js";
import type { Entry, Interest, Leaf, LeafTracker, Moment } from "./leaf.js";

/** How many fields of a session a condition keeps apart. */
export const maxKeys = 100;

type Of<Type extends LeafCondition["type"]> = Extract<LeafCondition, { type: Type }>;

export function fieldError({ field, times, withinSeconds }: Of<"field_error">): Leaf {
  const withinMs = toMs(withinSeconds);
  return windowLeaf({
    interests: [{ on: "field", glob: field }],
    keyed: true,
    times,
    withinMs,
    text: `one field${field === "*" ? "" : ` of ${field}`} changes ${count(times, "time")} within ${span(withinMs)}`,
    nouns: ["change", "changes"],
  });
}

export function repeatedError({ activity, times, withinSeconds }: Of<"repeated_error">): Leaf {
  const globs = activity === undefined ? ["error", "*_error", "*.error"] : [activity];
  const withinMs = toMs(withinSeconds);
  return windowLeaf({
    interests: globs.map((glob) => ({ on: "type", glob })),
    keyed: false,
    times,
    withinMs,
    text: `${count(times, "error")}${activity === undefined ? "" : ` (${activity})`} within ${span(withinMs)}`,
    nouns: ["error", "errors"],
  });
}

export function rate({ activity, times, withinSeconds }: Of<"rate">): Leaf {
  const withinMs = toMs(withinSeconds);
  return windowLeaf({
    interests: [{ on: "type", glob: activity }],
    keyed: false,
    times,
    withinMs,
    text: `${count(times, "entry", "entries")} of ${activity} within ${span(withinMs)}`,
    nouns: ["entry", "entries"],
  });
}

interface WindowRule {
  readonly interests: readonly Interest[];
  /** Whether entries of different fields are counted apart. */
  readonly keyed: boolean;
  readonly times: number;
  readonly withinMs: number;
  readonly text: string;
  readonly nouns: readonly [one: string, many: string];
}

function windowLeaf(rule: WindowRule): Leaf {
  return {
    nature: "window",
    interests: rule.interests,
    text: rule.text,
    start: () => new WindowTracker(rule),
  };
}

/** Times of occurrence, ascending; of each key the newest 2 × `times`, so that late entries find some older ones. */
type Times = number[];

class WindowTracker implements LeafTracker {
  readonly #keys = new RecentKeys<Times>(maxKeys);
  /** Until when some window that ends at the present holds enough; a window into the past is counted out instead. */
  #holdsUntil = Number.NEGATIVE_INFINITY;

  constructor(private readonly rule: WindowRule) {}

  get size(): number {
    return 1 + this.#keys.size;
  }

  apply({ activity, change }: Entry): boolean {
    const key = this.rule.keyed ? (change?.field ?? "") : "";
    const known = this.#keys.touch(key, activity.seq);
    const times = known ?? [];
    insert(times, activity.occurredAt);
    if (times.length > 2 * this.rule.times) times.shift();
    if (known === undefined && this.#keys.set(key, times, activity.seq)) this.#recompute();
    else this.#holdsUntil = Math.max(this.#holdsUntil, this.#fullUntil(times));
    return times.length >= this.rule.times;
  }

  holds({ at, windowEnd }: Moment): boolean {
    if (windowEnd === at) return at < this.#holdsUntil;
    return this.#keys.values().some((times) => this.#isFull(times, windowEnd));
  }

  nextChangeAt(after: number): number | null {
    return this.#holdsUntil > after ? this.#holdsUntil : null;
  }

  consume({ windowEnd }: Moment): boolean {
    const full = this.#keys.values().filter((times) => this.#isFull(times, windowEnd));
    // The key stays, without its times: which keys are forgotten must follow from the log alone.
    for (const times of full) times.length = 0;
    if (full.length > 0) this.#recompute();
    return full.length > 0;
  }

  describe({ windowEnd }: Moment): string {
    const { keyed, nouns, times: needed, withinMs } = this.rule;
    const numbers = this.#keys
      .entries()
      .map(([key, times]) => ({ key, number: this.#inWindow(times, windowEnd) }));
    const most = Math.max(0, ...numbers.map(({ number }) => number));
    const fields = numbers.filter(({ number }) => number === most && number > 0).map(({ key }) => key);
    const shown = fields.length > 3 ? [...fields.slice(0, 3), `${fields.length - 3} more`] : fields;
    const whose = keyed && fields.length > 0 ? ` of ${list(shown, "and")}` : "";
    return `${most} of ${count(needed, ...nouns)}${whose} within ${span(withinMs)}`;
  }

  save(): Json {
    return this.#keys.size === 0 ? null : this.#keys.save((times) => [...times]);
  }

  load(state: Json): void {
    this.#keys.load(state, (times) => [...(times as number[])]);
    this.#recompute();
  }

  #recompute(): void {
    this.#holdsUntil = Number.NEGATIVE_INFINITY;
    for (const times of this.#keys.values())
      this.#holdsUntil = Math.max(this.#holdsUntil, this.#fullUntil(times));
  }

  /** The present window holds the newest `times` entries until the oldest of them leaves it. */
  #fullUntil(times: Times): number {
    const oldest = times[times.length - this.rule.times];
    return oldest === undefined ? Number.NEGATIVE_INFINITY : oldest + this.rule.withinMs;
  }

  #isFull(times: Times, end: number): boolean {
    return this.#inWindow(times, end) >= this.rule.times;
  }

  #inWindow(times: Times, end: number): number {
    let number = 0;
    for (const time of times) if (time > end - this.rule.withinMs && time <= end) number++;
    return number;
  }
}

function insert(times: Times, time: number): void {
  let place = times.length;
  while (place > 0 && (times[place - 1] as number) > time) place--;
  if (place === times.length) times.push(time);
  else times.splice(place, 0, time);
}
