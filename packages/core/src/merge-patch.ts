import type { Json, JsonObject } from "./json.js";

/** JSON Merge Patch (RFC 7396): members are merged at every depth, null removes one, anything else replaces. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map<string, Json>(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      merged.delete(key);
      continue;
    }
    const before = merged.get(key);
    merged.set(
      key,
      isObject(value) ? mergePatch(before !== undefined && isObject(before) ? before : {}, value) : value,
    );
  }
  return Object.fromEntries(merged);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
