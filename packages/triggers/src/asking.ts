import { errorMessage } from "@hybrid-orchestrator/core";
import type { Rule } from "./compile.js";
import type { CustomLeaf, Moment, Truth } from "./conditions/leaf.js";

interface Notes {
  readonly errors: { trigger: string; error: string }[];
  readonly pending: { trigger: string; leaf: number; promise: Promise<boolean> }[];
}

/** Asks the custom conditions of one trigger at one moment: each at most once, and guarded. */
export class Asking {
  readonly #answers = new Map<number, Truth>();
  #open = true;

  constructor(
    private readonly rule: Rule,
    private readonly moment: Omit<Moment, "ask">,
    private readonly notes: Notes,
  ) {}

  ask(leaf: CustomLeaf): Truth {
    if (!this.#answers.has(leaf.index) && this.#open) this.#answers.set(leaf.index, this.#call(leaf));
    return this.#answers.get(leaf.index);
  }

  /** From here on only answers that were given count. */
  close(): void {
    this.#open = false;
  }

  #call({ index, evaluate, params }: CustomLeaf): Truth {
    const trigger = this.rule.trigger.name;
    const { session, recent, at } = this.moment;
    try {
      if (typeof evaluate === "string") throw new Error(`The condition ${evaluate} was never looked up.`);
      const answer: unknown = evaluate({ session, activities: recent.slice(-50), now: at, params });
      if (!isPromise(answer)) return answer === true;
      this.notes.pending.push({ trigger, leaf: index, promise: answer });
    } catch (error) {
      this.notes.errors.push({ trigger, error: `Its condition failed: ${errorMessage(error)}` });
    }
    return undefined;
  }
}

function isPromise(answer: unknown): answer is Promise<boolean> {
  return (
    typeof answer === "object" && answer !== null && typeof (answer as { then?: unknown }).then === "function"
  );
}
