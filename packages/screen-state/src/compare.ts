import { type Json, type JsonObject, sameJson } from "@hybrid-orchestrator/core";
import { defineForm, type Form } from "./form.js";
import { isPrivateField } from "./private.js";
import type { FormSnapshot } from "./snapshot.js";

/** `none`: no values at all. `masked`: all but private ones. `plain`: all, for whoever may see them. */
export type ShownValues = "none" | "masked" | "plain";

export interface FieldChange {
  readonly id: string;
  readonly kind: "added" | "removed" | "changed";
  /** Its values are kept back, whatever `values` says but `plain`. */
  readonly private: boolean;
  readonly before?: Json;
  readonly after?: Json;
}

export interface CompareOptions {
  /** Says which fields are private. */
  readonly form?: Form;
  /** Default: masked. */
  readonly values?: ShownValues;
}

/** Which fields differ between two snapshots: first those that the later one has, in its order, then those that went. */
export function compareSnapshots(
  before: Pick<FormSnapshot, "fields">,
  after: Pick<FormSnapshot, "fields">,
  { form = defineForm(), values = "masked" }: CompareOptions = {},
): FieldChange[] {
  const ids = [...Object.keys(after.fields), ...Object.keys(before.fields)];
  return [...new Set(ids)].flatMap((id) => {
    const pair = { before: own(before.fields, id), after: own(after.fields, id) };
    const kind = kindOf(pair);
    if (kind === null) return [];
    const info = form.field(id);
    const isPrivate = isPrivateField(id, info, pair.before) || isPrivateField(id, info, pair.after);
    const shown = values === "plain" || (values === "masked" && !isPrivate);
    return [{ id, kind, private: isPrivate, ...(shown ? withoutUndefined(pair) : {}) }];
  });
}

interface Pair {
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

function kindOf({ before, after }: Pair): FieldChange["kind"] | null {
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  return sameJson(before, after) ? null : "changed";
}

function withoutUndefined({ before, after }: Pair): { before?: Json; after?: Json } {
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function own(fields: JsonObject, id: string): Json | undefined {
  return Object.hasOwn(fields, id) ? fields[id] : undefined;
}
