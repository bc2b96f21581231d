import { type Activity, fieldIdOf, hashJson, type Json } from "@hybrid-orchestrator/core";
import { member } from "../json-tools.js";
import { RecentKeys } from "../recent-keys.js";
import type { FieldChange } from "./leaf.js";

/** How many fields of a session have their last value remembered, as a hash. */
const maxFieldValues = 256;

/** Tells real changes of fields from repetitions of the same value. */
export class FieldValues {
  readonly #hashes = new RecentKeys<number | null>(maxFieldValues);

  /** What the activity changed; null where it is no field change, or repeats the value of the one before. */
  see(activity: Activity): FieldChange | null {
    if (activity.type !== "field_change") return null;
    const field = fieldIdOf(activity.data);
    if (field === null) return null;
    const value = member(activity.data, "value");
    const hash = value === undefined ? null : hashJson(value);
    const before = this.#hashes.swap(field, hash, activity.seq);
    return hash !== null && hash === before ? null : { field, hash };
  }

  get size(): number {
    return this.#hashes.size;
  }

  save(): Json {
    return this.#hashes.save((hash) => hash);
  }

  load(state: Json): void {
    this.#hashes.load(state, (hash) => hash as number | null);
  }
}
