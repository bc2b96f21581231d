import type { Json, LeafCondition } from "@hybrid-orchestrator/core";
import { span, toMs } from "../words.js";
import type { Entry, Leaf, LeafTracker, Moment } from "./leaf.js";
import { later } from "./silence.js";
import { compileStep, type StepTest, tellStep } from "./step.js";

export function absenceAfter(condition: Extract<LeafCondition, { type: "absence_after" }>): Leaf {
  const forMs = toMs(condition.seconds);
  const rule = {
    isStep: compileStep(condition.step),
    isAnswer: compileStep(condition.without),
    forMs,
    text: `no ${tellStep(condition.without)} for ${span(forMs)} after ${tellStep(condition.step)}`,
  };
  return {
    nature: "state",
    interests: [condition.step, condition.without].map(({ activity }) => ({ on: "type", glob: activity })),
    text: rule.text,
    start: () => new AbsenceTracker(rule),
  };
}

class AbsenceTracker implements LeafTracker {
  readonly size = 1;
  /** When the first step occurred that still waits for its answer. */
  #pendingSince: number | null = null;

  constructor(
    private readonly rule: {
      isStep: StepTest;
      isAnswer: StepTest;
      readonly forMs: number;
      readonly text: string;
    },
  ) {}

  apply({ activity }: Entry): boolean {
    // The answer first: an entry that is both ends one wait and begins the next.
    if (this.rule.isAnswer(activity)) this.#pendingSince = null;
    if (this.#pendingSince === null && this.rule.isStep(activity)) this.#pendingSince = activity.occurredAt;
    return this.#pendingSince !== null;
  }

  holds({ at }: Moment): boolean {
    return this.#pendingSince !== null && at >= this.#pendingSince + this.rule.forMs;
  }

  nextChangeAt(after: number): number | null {
    return this.#pendingSince === null ? null : later(this.#pendingSince + this.rule.forMs, after);
  }

  consume(moment: Moment): boolean {
    if (!this.holds(moment)) return false;
    this.#pendingSince = null;
    return true;
  }

  describe({ at }: Moment): string {
    if (this.#pendingSince === null) return "nothing is waited for";
    return `${this.rule.text}: ${span(at - this.#pendingSince)} so far`;
  }

  save(): Json {
    return this.#pendingSince;
  }

  load(state: Json): void {
    this.#pendingSince = state as number;
  }
}
