import type { Activity, Json, LeafCondition, Session } from "@hybrid-orchestrator/core";

/** Whether something holds; undefined where nobody can say (a condition that threw, is pending, or was not asked). */
export type Truth = boolean | undefined;

/** A real change of a field: its value is not the one it had. */
export interface FieldChange {
  readonly field: string;
  /** Stands for the value; null where the activity carried none. */
  readonly hash: number | null;
}

/** A log entry, and what conditions need to know about it, worked out once for all of them. */
export interface Entry {
  readonly activity: Activity;
  readonly change: FieldChange | null;
}

/** The moment at which conditions are looked at: a log entry's, or one by time alone. */
export interface Moment {
  readonly at: number;
  readonly now: number;
  readonly session: Session;
  readonly activity: Activity | null;
  readonly recent: readonly Activity[];
  /** Where sliding windows end: when the activity occurred, else `at`. */
  readonly windowEnd: number;
  /** Asks custom conditions; null where one only looks ahead. */
  readonly ask: ((leaf: CustomLeaf) => Truth) | null;
  /** A custom condition that answered late. */
  readonly settled: { readonly leaf: number; readonly holds: boolean } | null;
}

export type CustomLeaf = Extract<LeafCondition, { type: "custom" }> & { readonly index: number };

/** Which log entries a condition must see. */
export type Interest =
  /** Entries whose type matches. */
  | { readonly on: "type"; readonly glob: string }
  /** Changes of fields whose id matches. */
  | { readonly on: "field"; readonly glob: string }
  /** Entries whose data has this member. */
  | { readonly on: "data"; readonly key: string };

/**
 * - `momentary`: holds at the instant of the entry that makes it hold.
 * - `window`: holds while enough entries lie in a sliding window; firing uses them up.
 * - `state`: holds while a state lasts.
 * - `asked`: nobody knows before it is asked.
 */
type Nature = "momentary" | "window" | "state" | "asked";

/** One condition of one trigger, ready to use. Holds no session's state. */
export interface Leaf {
  readonly nature: Nature;
  readonly interests: readonly Interest[];
  /** What it waits for, in words. */
  readonly text: string;
  start(): LeafTracker;
}

/** One condition's state in one session. */
export interface LeafTracker {
  /** Takes in a log entry; says whether the condition may hold now where it did not before. */
  apply(entry: Entry): boolean;
  holds(moment: Moment): Truth;
  /** The first moment after `after` at which time alone may change whether it holds, or null. */
  nextChangeAt(after: number, session: Session): number | null;
  /** Where it holds: what has come up to now shall not count again. Says whether that changed its state. */
  consume(moment: Moment): boolean;
  /** How things stand, in words, with the numbers. */
  describe(moment: Moment): string;
  /** Null where there is nothing to keep. */
  save(): Json;
  load(state: Json): void;
  /** How many things it remembers, for an estimate of its size. */
  readonly size: number;
}
