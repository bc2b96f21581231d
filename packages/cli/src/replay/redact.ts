import {
  type Activity,
  type Json,
  type JsonObject,
  logEntry,
  type Session,
  type TriggerInput,
} from "@hybrid-orchestrator/core";
import type { Recording } from "./recording.js";

/** Where every redacted session begins. */
const someDay = Date.UTC(2025, 0, 1);
// Far from the numbers that rules compare with.
const firstNumber = 1_000_000;

/**
 * A recording in which the same rules fire in the same order at the same distances, and in which nothing personal is
 * left: texts and numbers become placeholders, equal ones equal placeholders, unless a rule looks for them by name. What
 * is asked for, how it is answered, who the recipient is and on which day it was do not matter to rules.
 */
export function redactRecording(recording: Recording): Recording {
  const { session, activities, firings, until, triggers } = recording;
  const placeholders = createPlaceholders(vocabularyOf(triggers));
  const offset = someDay - session.createdAt;
  const at = (moment: number) => moment + offset;
  return {
    ...recording,
    session: {
      ...session,
      id: "session_1",
      externalId: null,
      recipient:
        session.recipient === null ? null : { id: "recipient_1", available: session.recipient.available },
      summary: null,
      owner: { kind: "nobody" },
      metadata: placeholders.object(session.metadata),
      createdAt: at(session.createdAt),
      updatedAt: at(session.updatedAt),
      expiresAt: session.expiresAt === null ? null : at(session.expiresAt),
    },
    activities: activities.map((activity, index) => ({
      ...activity,
      id: `activity_${index + 1}`,
      type: placeholders.name(activity.type),
      channel: activity.channel === null ? null : placeholders.name(activity.channel),
      data: dataOf(activity, placeholders),
      occurredAt: at(activity.occurredAt),
      effectiveAt: at(activity.effectiveAt),
      createdAt: at(activity.createdAt),
    })),
    firings: firings.map((firing) => ({ ...firing, firedAt: at(firing.firedAt) })),
    until: at(until),
    // What a rule does may hold addresses and texts, and does not decide whether it fires.
    triggers: triggers.map(({ description: _, ...trigger }) => ({
      ...trigger,
      action: { type: "ask_agent" },
    })),
  };
}

function dataOf({ type, data }: Activity, placeholders: Placeholders): JsonObject {
  if (type === logEntry.statusChanged)
    return { from: data.from as Session["status"], to: data.to as Session["status"] };
  if (type === logEntry.metadataChanged)
    return { patch: placeholders.object((data.patch ?? {}) as JsonObject) };
  const made = placeholders.object(data);
  for (const key of ["fieldId", "field_id"]) {
    const id = Object.hasOwn(data, key) ? data[key] : undefined;
    if (typeof id === "string") Object.assign(made, { [key]: placeholders.name(id) });
  }
  return made;
}

interface Placeholders {
  object(value: JsonObject): JsonObject;
  /** Of a field, a type or a channel: what looks like an identifier stays, since rules match parts of it. */
  name(text: string): string;
}

function createPlaceholders({ words, metrics }: Vocabulary): Placeholders {
  const known = new Map<string, number>();

  /** The same for the same text, so that what goes back and forth still does. */
  function ordinal(given: string | number): number {
    const key = JSON.stringify(given);
    const made = known.get(key) ?? known.size + 1;
    known.set(key, made);
    return made;
  }

  const name = (text: string) => (words.has(text) || isIdentifier(text) ? text : `name_${ordinal(text)}`);

  function value(given: Json, key: string): Json {
    if (given === null || given === "" || typeof given === "boolean") return given;
    if (typeof given === "string") return words.has(given) ? given : `text_${ordinal(given)}`;
    if (typeof given === "number")
      return metrics.has(key) || words.has(String(given)) ? given : firstNumber + ordinal(given);
    if (Array.isArray(given)) return given.map((item: Json) => value(item, key));
    return object(given as JsonObject);
  }

  function object(given: JsonObject): JsonObject {
    return Object.fromEntries(Object.entries(given).map(([key, item]) => [name(key), value(item, key)]));
  }

  return { object, name };
}

/** Not a name, a number or an address of somebody. */
function isIdentifier(text: string): boolean {
  return /^[A-Za-z_][\w.:[\]-]{0,63}$/.test(text) && !/\d{5}/.test(text);
}

interface Vocabulary {
  /** Every text and number that stands in conditions and filters. */
  readonly words: ReadonlySet<string>;
  /** Members whose numbers are compared with others. */
  readonly metrics: ReadonlySet<string>;
}

function vocabularyOf(triggers: readonly TriggerInput[]): Vocabulary {
  const words = new Set<string>();
  const metrics = new Set<string>();
  function walk(value: unknown): void {
    if (typeof value === "string" || typeof value === "number") words.add(String(value));
    else if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === "object" && value !== null)
      for (const [key, item] of Object.entries(value)) {
        walk(item);
        if (key === "metric") metrics.add(String(item));
      }
  }
  for (const { condition, filter } of triggers) walk([condition, filter]);
  return { words, metrics };
}
