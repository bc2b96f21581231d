import type { Json, LeafCondition } from "@hybrid-orchestrator/core";
import { RecentKeys } from "../recent-keys.js";
import type { Entry, Leaf, LeafTracker, Moment } from "./leaf.js";
import { MatchMark } from "./match-mark.js";
import { maxKeys } from "./windows.js";

export function oscillation({ field }: Extract<LeafCondition, { type: "oscillation" }>): Leaf {
  const text = `a field${field === "*" ? "" : ` ${field}`} goes back to the value it had before`;
  return {
    nature: "momentary",
    interests: [{ on: "field", glob: field }],
    text,
    start: () => new OscillationTracker(text),
  };
}

/** The hashes of a field's last two values, older first; fewer where it has not changed twice. */
type Values = readonly (number | null)[];

class OscillationTracker implements LeafTracker {
  readonly #mark = new MatchMark();
  readonly #fields = new RecentKeys<Values>(maxKeys);
  #field = "";
  #seq = 0;

  constructor(private readonly text: string) {}

  get size(): number {
    return 1 + this.#fields.size;
  }

  apply({ activity, change }: Entry): boolean {
    if (change === null) return false;
    const values = this.#fields.get(change.field) ?? [];
    const back =
      change.hash !== null && values.length === 2 && values[1] !== null && values[0] === change.hash;
    this.#fields.set(change.field, [...values.slice(-1), change.hash], activity.seq);
    if (!back) return false;
    this.#field = change.field;
    this.#seq = activity.seq;
    return this.#mark.set(activity);
  }

  holds(moment: Moment): boolean {
    return this.#mark.isNow(moment);
  }

  nextChangeAt(): null {
    return null;
  }

  consume(moment: Moment): boolean {
    if (!this.holds(moment)) return false;
    this.#fields.set(this.#field, [], this.#seq);
    return true;
  }

  describe(moment: Moment): string {
    return this.holds(moment) ? `${this.text}: ${this.#field}` : this.#mark.describe();
  }

  save(): Json {
    return this.#fields.size === 0 ? null : [this.#mark.save(), this.#fields.save((values) => [...values])];
  }

  load(state: Json): void {
    const [mark, fields] = state as [Json, Json];
    this.#mark.load(mark ?? undefined);
    this.#fields.load(fields, (values) => values as (number | null)[]);
  }
}
