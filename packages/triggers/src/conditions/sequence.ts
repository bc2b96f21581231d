import type { Json, LeafCondition } from "@hybrid-orchestrator/core";
import { span, toMs } from "../words.js";
import type { Entry, Leaf, LeafTracker, Moment } from "./leaf.js";
import { MatchMark } from "./match-mark.js";
import { compileStep, type StepTest, tellStep } from "./step.js";

type SequenceCondition = Extract<LeafCondition, { type: "sequence" }>;

/** A step, and which steps may come right before it: those after which all in between are optional. */
interface Step {
  readonly matches: StepTest;
  readonly adjacent: boolean;
  readonly before: readonly number[];
  /** Whether it may come first: all before it are optional. */
  readonly first: boolean;
  /** Whether it completes the sequence: all after it are optional. */
  readonly last: boolean;
}

interface SequenceRule {
  readonly steps: readonly Step[];
  readonly withinMs: number;
  readonly maxGapMs: number;
  readonly text: string;
}

export function sequence(condition: SequenceCondition): Leaf {
  const withinMs = toMs(condition.withinSeconds);
  const text = `${condition.steps.map(tellStep).join(", then ")} within ${span(withinMs)}`;
  const rule: SequenceRule = {
    steps: condition.steps.map((step, index, steps) => {
      const skippable = (from: number, to: number) => steps.slice(from, to).every(({ optional }) => optional);
      return {
        matches: compileStep(step),
        adjacent: step.adjacent,
        before: steps
          .map((_, place) => place)
          .filter((place) => place < index && skippable(place + 1, index)),
        first: skippable(0, index),
        last: skippable(index + 1, steps.length),
      };
    }),
    withinMs,
    maxGapMs:
      condition.maxGapSeconds === undefined ? Number.POSITIVE_INFINITY : toMs(condition.maxGapSeconds),
    text,
  };
  return {
    nature: "momentary",
    interests: condition.steps.map(({ activity }) => ({ on: "type", glob: activity })),
    text,
    start: () => new SequenceTracker(rule),
  };
}

/** The newest way in which the log came as far as one step. */
interface Reached {
  readonly startAt: number;
  readonly at: number;
  readonly seq: number;
}

/**
 * Of all ways to come to a step only the newest is kept. While entries arrive in the order in which they occurred no
 * other way can do better later: it began no later, and its last entry is no older.
 */
class SequenceTracker implements LeafTracker {
  readonly #mark = new MatchMark();
  #reached: (Reached | null)[];

  constructor(private readonly rule: SequenceRule) {
    this.#reached = rule.steps.map(() => null);
  }

  get size(): number {
    return this.#reached.length;
  }

  apply({ activity }: Entry): boolean {
    const { steps, withinMs } = this.rule;
    const { occurredAt: at, seq } = activity;
    let completed = false;
    // From the last step to the first, so that one entry is not two steps.
    for (let index = steps.length - 1; index >= 0; index--) {
      const step = steps[index] as Step;
      if (!step.matches(activity)) continue;
      const startAt = this.#startFor(step, at, seq);
      if (startAt === null) continue;
      this.#reached[index] = { startAt, at, seq };
      if (step.last && startAt > at - withinMs && startAt <= at) completed = true;
    }
    return completed && this.#mark.set(activity);
  }

  holds(moment: Moment): boolean {
    return this.#mark.isNow(moment);
  }

  nextChangeAt(): null {
    return null;
  }

  consume(moment: Moment): boolean {
    if (!this.holds(moment)) return false;
    this.#reached.fill(null);
    return true;
  }

  describe(moment: Moment): string {
    if (this.holds(moment)) return this.rule.text;
    const furthest = this.#reached.findLastIndex((reached) => reached !== null) + 1;
    return `step ${furthest} of ${this.rule.steps.length} reached; ${this.#mark.describe()}`;
  }

  save(): Json {
    const mark = this.#mark.save();
    if (mark === null && this.#reached.every((reached) => reached === null)) return null;
    return [mark, ...this.#reached.map((reached) => reached && [reached.startAt, reached.at, reached.seq])];
  }

  load(state: Json): void {
    const [mark, ...reached] = state as [Json, ...([number, number, number] | null)[]];
    this.#mark.load(mark ?? undefined);
    this.#reached = reached.map((saved) => saved && { startAt: saved[0], at: saved[1], seq: saved[2] });
  }

  /** When the way began that this entry continues as `step`; null where it continues none. */
  #startFor(step: Step, at: number, seq: number): number | null {
    // To begin anew is never worse than to go on.
    if (step.first) return at;
    let newest: Reached | null = null;
    for (const place of step.before) {
      const reached = this.#reached[place];
      if (!reached) continue;
      if (
        newest === null ||
        reached.seq > newest.seq ||
        (reached.seq === newest.seq && reached.startAt > newest.startAt)
      ) {
        newest = reached;
      }
    }
    if (newest === null || at - newest.at > this.rule.maxGapMs) return null;
    return step.adjacent && newest.seq !== seq - 1 ? null : newest.startAt;
  }
}
