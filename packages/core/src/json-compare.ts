import type { Json, JsonObject } from "./json.js";

/** Equality of JSON values; the order of an object's members does not count. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return (
      Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index] as Json))
    );
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => {
    const other = Object.hasOwn(b, key) ? b[key] : undefined;
    return other !== undefined && sameJson(a[key] as Json, other);
  });
}

/** One text for all JSON values that are the same: members sorted by key. */
export function canonicalText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalText(value[key] as Json)}`).join(",")}}`;
}

/**
 * 53 bits that stand for a JSON value, to tell whether it changed without keeping it. Not a secret keeper: the log has
 * the value anyway. Two lanes of the FNV-1a kind (xor, then multiply), with different multipliers.
 */
export function hashJson(value: Json): number {
  const text = typeof value === "string" ? `"${value}` : canonicalText(value);
  let low = 0x811c9dc5;
  let high = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x5bd1e995);
    high ^= high >>> 15;
  }
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}

function isJsonObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
