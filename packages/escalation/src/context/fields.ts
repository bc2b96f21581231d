import { type Activity, fieldIdOf, type Json, type JsonObject, sameJson } from "@hybrid-orchestrator/core";
import { fit } from "./fit.js";
import { contextLimits } from "./limits.js";

/** What is known of one field of the user's form. */
export interface FieldRecord {
  readonly id: string;
  /** Absent: it changed, and nobody said to what. */
  readonly value?: Json;
  readonly cut: boolean;
  /** What the user is told about it. */
  readonly error: string | null;
  /** When its value was last heard of; null: never. */
  readonly valueAt: number | null;
  readonly errorAt: number | null;
  readonly changedAt: number | null;
  readonly changes: number;
  /** Earlier values, oldest first. */
  readonly before: readonly { readonly value: Json; readonly at: number }[];
}

/**
 * Every field with its value and what that was before. The package screen-state tells where the user is; it keeps 512
 * fields and the beginnings of values, for a prompt, and whoever takes over needs all of them.
 */
export class FieldLog {
  readonly #fields = new Map<string, FieldRecord>();
  #omitted = 0;

  add({ type, data, occurredAt: at }: Pick<Activity, "type" | "data" | "occurredAt">): void {
    if (type === "form_snapshot") this.#snapshot(data, at);
    else {
      const id = fieldIdOf(data);
      if (id === null) return;
      if (type === "field_change")
        this.#set(id, { at, value: own(data, "value"), error: text(data, "error"), said: true });
      else if (/(^|[_.])error$/.test(type))
        this.#fail(id, at, text(data, "message") ?? text(data, "error") ?? "");
    }
  }

  fields(): FieldRecord[] {
    this.#dropOldest();
    return [...this.#fields.values()];
  }

  /** How many were dropped. */
  get omitted(): number {
    return this.#omitted;
  }

  #snapshot(data: JsonObject, at: number): void {
    const fields = own(data, "fields");
    const errors = own(data, "errors");
    if (!isObject(fields)) return;
    for (const [id, value] of Object.entries(fields))
      if (id !== "")
        this.#set(id, { at, value, error: isObject(errors) ? text(errors, id) : null, said: false });
  }

  /** `said`: somebody said that it changed; else only a difference shows it. What came late replaces nothing newer. */
  #set(
    id: string,
    news: {
      readonly at: number;
      readonly value: Json | undefined;
      readonly error: string | null;
      readonly said: boolean;
    },
  ): void {
    const known = this.#fields.get(id) ?? unheard(id);
    if (known.valueAt !== null && news.at < known.valueAt) return;
    const { value, cut } =
      news.value === undefined ? unknownValue : fit(news.value, contextLimits.valueLength);
    const isFirst = known.value === undefined && known.changes === 0;
    const isOther = value === undefined || known.value === undefined || !sameJson(known.value, value);
    const changed = isFirst ? news.said : isOther;
    const was =
      known.value === undefined || !isOther
        ? []
        : [{ value: known.value, at: known.changedAt ?? known.valueAt ?? 0 }];
    const clearsError = news.at >= (known.errorAt ?? 0);
    this.#put({
      id,
      ...(value !== undefined && { value }),
      cut,
      error: clearsError ? news.error : known.error,
      valueAt: news.at,
      errorAt: clearsError ? news.at : known.errorAt,
      changedAt: changed ? news.at : known.changedAt,
      changes: known.changes + (changed ? 1 : 0),
      before: [...known.before, ...was].slice(-contextLimits.earlierValues),
    });
  }

  #fail(id: string, at: number, error: string): void {
    const known = this.#fields.get(id) ?? unheard(id);
    if (at >= (known.errorAt ?? 0)) this.#put({ ...known, error, errorAt: at });
  }

  #put(field: FieldRecord): void {
    this.#fields.set(field.id, field);
    if (this.#fields.size >= contextLimits.fields * 2) this.#dropOldest();
  }

  /** Those that were heard of least recently; the others stay in the order in which they were first seen. */
  #dropOldest(): void {
    const excess = this.#fields.size - contextLimits.fields;
    if (excess <= 0) return;
    const oldest = [...this.#fields.values()].sort((a, b) => heardAt(a) - heardAt(b)).slice(0, excess);
    for (const { id } of oldest) this.#fields.delete(id);
    this.#omitted += excess;
  }
}

function unheard(id: string): FieldRecord {
  return {
    id,
    cut: false,
    error: null,
    valueAt: null,
    errorAt: null,
    changedAt: null,
    changes: 0,
    before: [],
  };
}

/** When anything was last heard of it. */
export function heardAt({ valueAt, errorAt }: FieldRecord): number {
  return Math.max(valueAt ?? 0, errorAt ?? 0);
}

const unknownValue = { value: undefined, cut: false };

function own(data: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

function text(data: JsonObject, key: string): string | null {
  const value = own(data, key);
  return typeof value === "string" ? value.slice(0, 500) : null;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
