import { type Json, type LeafCondition, logEntry } from "@hybrid-orchestrator/core";
import { member } from "../json-tools.js";
import { list } from "../words.js";
import type { Entry, Interest, Leaf, LeafTracker, Moment } from "./leaf.js";
import { MatchMark } from "./match-mark.js";

type Of<Type extends LeafCondition["type"]> = Extract<LeafCondition, { type: Type }>;

export function fieldChanged({ field }: Of<"field_changed">): Leaf {
  const text = field === "*" ? "a field changes" : `a field ${field} changes`;
  return momentary({ on: "field", glob: field }, text, () => () => true);
}

export function statusChanged(condition: Of<"status_changed">): Leaf {
  const to = [condition.to].flat();
  const from = condition.from === undefined ? null : [condition.from].flat();
  const text = `the status changes${from === null ? "" : ` from ${list(from, "or")}`} to ${list(to, "or")}`;
  return momentary({ on: "type", glob: logEntry.statusChanged }, text, () => ({ activity: { data } }) => {
    const is = (statuses: readonly Json[], status: Json | undefined) =>
      status !== undefined && statuses.includes(status);
    return is(to, member(data, "to")) && (from === null || is(from, member(data, "from")));
  });
}

export function reachedStage({ stage }: Of<"reached_stage">): Leaf {
  return momentary({ on: "data", key: "stage" }, `the stage ${stage} is reached`, () => {
    let inside = false;
    return {
      test({ activity }) {
        const now = member(activity.data, "stage");
        if (typeof now !== "string") return false;
        const reached = now === stage && !inside;
        inside = now === stage;
        return reached;
      },
      save: () => inside,
      load: (state) => {
        inside = state === true;
      },
    };
  });
}

export function scoreBelow({ metric, threshold }: Of<"score_below">): Leaf {
  return momentary({ on: "data", key: metric }, `${metric} is below ${threshold}`, () => ({ activity }) => {
    const score = member(activity.data, metric);
    return typeof score === "number" && score < threshold;
  });
}

export function classified({ label }: Of<"classified">): Leaf {
  return momentary(
    { on: "type", glob: "classification" },
    `something is classified as ${label}`,
    () =>
      ({ activity }) =>
        member(activity.data, "label") === label,
  );
}

type Test = (entry: Entry) => boolean;
/** A test that remembers something from one entry to the next. */
interface RememberingTest {
  readonly test: Test;
  save(): Json;
  load(state: Json): void;
}

/** A condition that one entry alone makes hold. */
function momentary(interest: Interest, text: string, start: () => Test | RememberingTest): Leaf {
  return {
    nature: "momentary",
    interests: [interest],
    text,
    start() {
      const started = start();
      return typeof started === "function"
        ? new MomentaryTracker({ test: started, save: () => null, load: () => {} }, text)
        : new MomentaryTracker(started, text);
    },
  };
}

class MomentaryTracker implements LeafTracker {
  readonly size = 1;
  readonly #mark = new MatchMark();

  constructor(
    private readonly rule: RememberingTest,
    private readonly text: string,
  ) {}

  apply(entry: Entry): boolean {
    return this.rule.test(entry) && this.#mark.set(entry.activity);
  }

  holds(moment: Moment): boolean {
    return this.#mark.isNow(moment);
  }

  nextChangeAt(): null {
    return null;
  }

  consume(): boolean {
    return false;
  }

  describe(moment: Moment): string {
    return this.holds(moment) ? this.text : this.#mark.describe();
  }

  save(): Json {
    const mark = this.#mark.save();
    const memory = this.rule.save();
    return mark === null && memory === null ? null : [mark, memory];
  }

  load(state: Json): void {
    const [mark, memory] = state as [Json, Json];
    this.#mark.load(mark ?? undefined);
    this.rule.load(memory);
  }
}
