import type { Activity, AgentInput, Json, JsonObject } from "@hybrid-orchestrator/core";
import { languageOf } from "./config.js";
import { hiddenMembers, redacted, redactText } from "./redact.js";

/** The element that the data stands in. Its text holds no `<`, so nothing in it can end or forge it. */
export const fenceName = "session_data";

// Besides the brackets, whatever is not seen: controls, zero-width and bidirectional characters, tags, private use,
// line separators and variation selectors, all of which have carried hidden instructions.
const unsafe = /[<>&]|\p{Cc}|\p{Cf}|\p{Co}|\p{Zl}|\p{Zp}|\p{Variation_Selector}/gu;

/** JSON on one line, of which nothing can be mistaken for anything but JSON. */
function fencedJson(value: Json): string {
  return JSON.stringify(value).replace(unsafe, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

/** Data between the marks of an element of that name. */
export function fenced(value: Json, name: string = fenceName): string {
  return `<${name}>\n${fencedJson(value)}\n</${name}>`;
}

interface Size {
  readonly text: number;
  readonly items: number;
}

// From as much as is useful to what still tells something.
const sizes: readonly Size[] = [
  { text: 20_000, items: 200 },
  { text: 4_000, items: 100 },
  { text: 1_000, items: 40 },
  { text: 200, items: 15 },
  { text: 60, items: 5 },
];
const maxDepth = 8;

/** A value without secrets, cut until its fenced JSON has at most so many bytes. */
export function fitted(value: Json, maxBytes: number): Json {
  for (const size of sizes) {
    const fit = shrunk(value, size, 0);
    if (bytesOf(fit) <= maxBytes) return fit;
  }
  return "[left out: too large]";
}

function shrunk(value: Json, size: Size, depth: number): Json {
  if (typeof value === "string") return cut(redactText(value), size.text);
  if (typeof value === "number") {
    const text = String(value);
    const shown = redactText(text);
    return shown === text ? value : shown;
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth >= maxDepth) return "[left out: nested too deeply]";
  if (Array.isArray(value)) {
    const items = (value as readonly Json[])
      .slice(0, size.items)
      .map((item) => shrunk(item, size, depth + 1));
    return value.length > size.items ? [...items, `[${value.length - size.items} more]`] : items;
  }
  const object = value as JsonObject;
  const hidden = hiddenMembers(object);
  const names = Object.keys(object);
  const members = names
    .slice(0, size.items)
    .map((name): [string, Json] => [
      cut(redactText(name), 100),
      hidden.has(name) ? redacted : shrunk(object[name] ?? null, size, depth + 1),
    ]);
  if (names.length > size.items) members.push(["…", `${names.length - size.items} more`]);
  return Object.fromEntries(members);
}

function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = /[\uD800-\uDBFF]/.test(text[length - 1] ?? "") ? length - 1 : length;
  return `${text.slice(0, end)}… [${text.length - end} more characters]`;
}

function bytesOf(value: Json): number {
  return Buffer.byteLength(fencedJson(value));
}

export interface DocumentLimits {
  readonly lookBack: number;
  readonly maxDataBytes: number;
}

/**
 * What a model is told about a session: no addresses, no tokens, no ids but the session's. What changes seldom comes
 * first, so that the beginning can be read from a cache.
 */
export function sessionDocument(
  input: AgentInput & { readonly userMessage?: string },
  { lookBack, maxDataBytes }: DocumentLimits,
  now: number,
): JsonObject {
  const { session, summary, context, userMessage } = input;
  const share = (part: number) => Math.floor(maxDataBytes * part);
  const head: JsonObject = {
    session: {
      id: session.id,
      workflow: cut(session.workflow, 100),
      status: session.status,
      created_at: moment(session.createdAt),
      metadata: fitted(session.metadata, share(0.2)),
    },
    user: userOf(input, share(0.02)),
    summary: summary === null ? null : fitted(summary, share(0.15)),
  };
  const tail: JsonObject = {
    context: fitted(context, share(0.15)),
    ...(userMessage === undefined ? {} : { user_message: fitted(userMessage, share(0.15)) }),
    now: moment(now),
  };
  const spare = maxDataBytes - bytesOf(head) - bytesOf(tail) - 100;
  const { activities, omitted } = newestOf(input.activities.slice(-lookBack), spare);
  return {
    ...head,
    earlier_activities_left_out:
      input.activities.length - Math.min(input.activities.length, lookBack) + omitted,
    activities,
    ...tail,
  };
}

function userOf({ session: { recipient } }: AgentInput, maxBytes: number): Json {
  if (recipient === null) return null;
  const { name, locale, timeZone } = recipient;
  return {
    name: name === undefined ? null : fitted(name, maxBytes),
    language: locale === undefined ? null : languageOf(locale),
    time_zone: timeZone ?? null,
  };
}

/** As many of the newest as fit, in their order. No single one takes more than a quarter of the room. */
function newestOf(
  activities: readonly Activity[],
  maxBytes: number,
): { activities: Json[]; omitted: number } {
  const shown: Json[] = [];
  let spare = maxBytes;
  for (const activity of activities.toReversed()) {
    const { seq, type, actor, channel, data, occurredAt } = activity;
    const entry: JsonObject = {
      seq,
      type: cut(type, 100),
      actor,
      ...(channel === null ? {} : { channel: cut(channel, 100) }),
      at: moment(occurredAt),
      data: fitted(data, Math.max(Math.floor(maxBytes / 4), 100)),
    };
    spare -= bytesOf(entry) + 1;
    if (spare < 0) break;
    shown.push(entry);
  }
  return { activities: shown.reverse(), omitted: activities.length - shown.length };
}

/** ISO 8601; null for a moment that no date can be. */
function moment(at: number): string | null {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : null;
}
