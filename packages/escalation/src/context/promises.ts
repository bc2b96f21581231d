import { type Activity, type Json, type JsonObject, logEntry } from "@hybrid-orchestrator/core";

export interface OpenPromise {
  readonly text: string;
  readonly worker: string | null;
  readonly at: number;
}

/**
 * What people have promised and nobody has said to be kept. A promise is made in the note of a hand-back. It is kept when
 * an activity `promise_kept` names it (`data.promise`), whoever but the user writes it, or when the note of a later
 * hand-back has it among its facts or decisions; upper and lower case and spaces do not count. Made again, it is open
 * again.
 */
export class PromiseLog {
  readonly #open = new Map<string, OpenPromise>();

  add({ type, actor, data, occurredAt: at }: Pick<Activity, "type" | "actor" | "data" | "occurredAt">): void {
    if (type === "promise_kept" && actor !== "user") this.#keep([data.promise]);
    if (type !== logEntry.handedBack || !isObject(data.note)) return;
    const { facts, decisions, promises } = data.note;
    this.#keep([...listOf(facts), ...listOf(decisions)]);
    const worker = typeof data.worker === "string" ? data.worker : null;
    for (const text of listOf(promises))
      if (typeof text === "string" && !this.#open.has(keyOf(text)))
        this.#open.set(keyOf(text), { text, worker, at });
  }

  open(): OpenPromise[] {
    return [...this.#open.values()];
  }

  #keep(texts: readonly (Json | undefined)[]): void {
    for (const text of texts) if (typeof text === "string") this.#open.delete(keyOf(text));
  }
}

function keyOf(text: string): string {
  return text.trim().replaceAll(/\s+/g, " ").toLowerCase();
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
