import {
  type Actor,
  type Json,
  type JsonObject,
  maskJson,
  type NewActivity,
  OrchestratorError,
  toJsonObject,
} from "@hybrid-orchestrator/core";

/** One event of a domain's system as it is to be recorded. */
export interface DomainEvent {
  readonly type: string;
  readonly actor: Actor;
  /** Members that are undefined or null are left out. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** When it happened, as its system says: ISO 8601 with its offset, or milliseconds since the Unix epoch. */
  readonly at?: unknown;
  readonly channel?: string | undefined;
}

/** Of each text so much is kept; an activity takes 64 KiB in all. */
const maxTextLength = 4_000;
const maxBytes = 1024 * 1024;
/** An orchestrator takes so many activities at once. */
const maxEvents = 1_000;

/**
 * The activity for an event: private values in its data masked, then texts cut at 4,000 characters. A moment later than
 * `now` is now, because clocks differ.
 * @throws OrchestratorError `invalid_json`, `data_too_large`
 */
export function toActivity({ type, actor, data = {}, at, channel }: DomainEvent, now: number): NewActivity {
  const known = Object.entries(data).filter(([, value]) => value !== undefined && value !== null);
  const kept = toJsonObject(Object.fromEntries(known), { name: `data of ${type}`, maxBytes });
  const occurredAt = momentOf(at);
  return {
    type,
    actor,
    data: cut(maskJson(kept)),
    ...(occurredAt !== undefined && { occurredAt: Math.min(occurredAt, now) }),
    ...(channel !== undefined && { channel }),
  };
}

/**
 * The events in what a system sent: a list, an object with a list under `events`, or one alone.
 * @throws OrchestratorError `invalid_argument` for more than 1,000
 */
export function eventsIn(input: unknown): readonly unknown[] {
  const inside =
    typeof input === "object" && input !== null && "events" in input && Array.isArray(input.events)
      ? input.events
      : input;
  const events: readonly unknown[] = Array.isArray(inside) ? inside : [inside];
  if (events.length <= maxEvents) return events;
  throw new OrchestratorError(
    "invalid_argument",
    `${events.length} events came at once, and at most ${maxEvents} are taken. Send them in parts.`,
  );
}

/** A moment as systems write it, in milliseconds since the Unix epoch; undefined where it is none, or before that. */
export function momentOf(value: unknown): number | undefined {
  const at =
    typeof value === "number"
      ? Math.round(value)
      : typeof value === "string" && isoMoment.test(value)
        ? Date.parse(value)
        : Number.NaN;
  return Number.isSafeInteger(at) && at >= 0 ? at : undefined;
}

// Without an offset nobody knows when that was.
const isoMoment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})$/;

function cut<Value extends Json>(value: Value): Value {
  return cutTexts(value) as Value;
}

function cutTexts(value: Json): Json {
  if (typeof value === "string")
    return value.length > maxTextLength ? `${value.slice(0, maxTextLength - 1)}…` : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(cutTexts);
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, member]) => [key, cutTexts(member)]),
  );
}
