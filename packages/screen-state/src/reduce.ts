import { type Activity, fieldIdOf, type Json, type JsonObject } from "@hybrid-orchestrator/core";
import { limits } from "./limits.js";
import type { FormSnapshot } from "./snapshot.js";
import { emptyState, type FieldState, isSame, type Kept, keep, type ScreenState } from "./state.js";

export type ScreenActivity = Pick<Activity, "seq" | "type" | "actor" | "data" | "occurredAt">;

/** A state that is being changed. */
type Draft = { -readonly [Key in keyof Omit<ScreenState, "fields">]: ScreenState[Key] } & {
  readonly fields: Map<string, FieldState>;
};

/**
 * The state after these activities of one session, oldest first. What the state holds already is passed over, so that
 * pages may overlap. What came late replaces nothing newer. Never throws: what is not understood tells nothing.
 */
export function reduceActivities(
  activities: Iterable<ScreenActivity>,
  state: ScreenState = emptyState,
): ScreenState {
  const draft: Draft = { ...state, fields: new Map(state.fields.map((field) => [field.id, field])) };
  for (const activity of activities) {
    if (activity.seq <= draft.seq) continue;
    draft.seq = activity.seq;
    if (apply(draft, activity)) draft.updatedAt = Math.max(draft.updatedAt ?? 0, activity.occurredAt);
    dropOldest(draft);
  }
  return { ...draft, fields: [...draft.fields.values()] };
}

/** The state that a single snapshot makes. */
export function stateOf(snapshot: FormSnapshot): ScreenState {
  const { at, ...data } = snapshot;
  return reduceActivities([
    { seq: 1, type: "form_snapshot", actor: "user", data: data as JsonObject, occurredAt: at },
  ]);
}

/** Whether the activity told anything about the screen. */
function apply(draft: Draft, { type, actor, data, occurredAt: at }: ScreenActivity): boolean {
  const field = fieldId(data);
  switch (type) {
    case "form_snapshot":
      place(draft, data, at);
      return applySnapshot(draft, data, at);
    case "field_change":
      if (field === null) return false;
      place(draft, data, at);
      setField(draft, field, { at, kept: keep(own(data, "value")), error: text(data, "error"), said: true });
      return true;
    case "field_focus":
    case "field_blur":
      if (field === null) return false;
      place(draft, data, at);
      setFocus(draft, type === "field_focus" ? field : null, at);
      return true;
    case "screen":
      return place(draft, { screen: own(data, "name") ?? null, ...data }, at);
    case "step":
      return place(draft, { step: own(data, "name") ?? null, ...data }, at);
    default:
      if (field !== null && /(^|[_.])error$/.test(type)) {
        setError(draft, field, { at, error: text(data, "message") ?? text(data, "error") ?? "" });
        return true;
      }
      // What an agent or a worker does happens on another screen.
      return actor === "user" && place(draft, data, at);
  }
}

/** `screen` and `step` of any activity say where the user is, as they do for the condition `no_progress`. */
function place(draft: Draft, data: JsonObject, at: number): boolean {
  const screen = own(data, "screen");
  const step = own(data, "step");
  const saysScreen = typeof screen === "string" && isName(screen);
  const saysStep = typeof step === "number" || (typeof step === "string" && isName(step));
  if (saysScreen && isNewer(draft.screen, at)) draft.screen = { name: screen, at };
  if (saysStep && isNewer(draft.step, at)) draft.step = { name: step, at };
  return saysScreen || saysStep;
}

function applySnapshot(draft: Draft, data: JsonObject, at: number): boolean {
  const fields = own(data, "fields");
  if (!isObject(fields)) return false;
  const errors = own(data, "errors");
  const required = own(data, "required");
  const ids = Object.keys(fields).filter(isName).slice(0, limits.fields);
  for (const id of ids) {
    const error = isObject(errors) ? text(errors, id) : undefined;
    setField(draft, id, { at, kept: keep(own(fields, id)), error, said: false });
  }
  if (isNewer(draft.onScreen, at)) {
    draft.onScreen = {
      ids,
      required: Array.isArray(required) ? required.filter(isName).slice(0, limits.fields) : [],
      at,
    };
  }
  const focus = own(data, "focus");
  if (focus === null || isName(focus)) setFocus(draft, focus, at);
  return true;
}

interface News {
  readonly at: number;
  readonly kept: Kept;
  readonly error: string | undefined;
  /** Somebody said that it changed; else only a difference shows it. */
  readonly said: boolean;
}

function setField(draft: Draft, id: string, { at, kept, error, said }: News): void {
  const before = draft.fields.get(id);
  if (!isNewer(before, at)) return;
  const isFirst = before === undefined || (before.value === undefined && before.changes === 0);
  const changed = isFirst ? said : !isSame(before, kept);
  draft.fields.set(id, {
    id,
    ...kept,
    at,
    changedAt: changed ? at : (before?.changedAt ?? null),
    changes: (before?.changes ?? 0) + (changed ? 1 : 0),
    ...(error === undefined ? {} : { error }),
  });
}

function setError(
  draft: Draft,
  id: string,
  { at, error }: { readonly at: number; readonly error: string },
): void {
  const before = draft.fields.get(id);
  if (!isNewer(before, at)) return;
  draft.fields.set(id, { changedAt: null, changes: 0, ...before, id, at, error });
}

function setFocus(draft: Draft, id: string | null, at: number): void {
  if (isNewer(draft.focus, at)) draft.focus = { id, at };
}

/** Keeps the fields on the screen, and of the others those that were heard of last. */
function dropOldest(draft: Draft): void {
  const excess = draft.fields.size - limits.fields;
  if (excess <= 0) return;
  const visible = new Set(draft.onScreen?.ids);
  const rank = (field: FieldState) => (visible.has(field.id) ? 1 : 0);
  const oldest = [...draft.fields.values()].sort((a, b) => rank(a) - rank(b) || a.at - b.at);
  for (const { id } of oldest.slice(0, excess)) draft.fields.delete(id);
  draft.dropped += excess;
}

function isNewer(known: { readonly at: number } | null | undefined, at: number): boolean {
  return known === null || known === undefined || at >= known.at;
}

function fieldId(data: JsonObject): string | null {
  const id = fieldIdOf(data);
  return isName(id) ? id : null;
}

function text(data: JsonObject, key: string): string | undefined {
  const value = own(data, key);
  return typeof value === "string" ? value.slice(0, limits.errorLength) : undefined;
}

function own(data: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= limits.nameLength;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
