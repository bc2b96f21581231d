import type { Json, JsonObject } from "@hybrid-orchestrator/core";
import { fencedJson } from "./fence.js";

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

/** A value, cut until its fenced JSON has at most so many bytes; what was left out is said. */
export function fitted(value: Json, maxBytes: number): Json {
  for (const size of sizes) {
    const fit = shrunk(value, size, 0);
    if (bytesOf(fit) <= maxBytes) return fit;
  }
  return "[left out: too large]";
}

function shrunk(value: Json, size: Size, depth: number): Json {
  if (typeof value === "string") return cut(value, size.text);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= maxDepth) return "[left out: nested too deeply]";
  if (Array.isArray(value)) {
    const items = (value as readonly Json[])
      .slice(0, size.items)
      .map((item) => shrunk(item, size, depth + 1));
    return value.length > size.items ? [...items, `[${value.length - size.items} more]`] : items;
  }
  const object = value as JsonObject;
  const names = Object.keys(object);
  const members = names
    .slice(0, size.items)
    .map((name): [string, Json] => [cut(name, 100), shrunk(object[name] ?? null, size, depth + 1)]);
  if (names.length > size.items) members.push(["…", `${names.length - size.items} more`]);
  return Object.fromEntries(members);
}

/** The beginning of a text, at a whole character, and how much is missing. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = /[\uD800-\uDBFF]/.test(text[length - 1] ?? "") ? length - 1 : length;
  return `${text.slice(0, end)}… [${text.length - end} more characters]`;
}

export function bytesOf(value: Json): number {
  return Buffer.byteLength(fencedJson(value));
}
