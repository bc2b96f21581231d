import type { Json, JsonObject } from "@hybrid-orchestrator/core";

/** A member that the object itself has, so that a name such as `constructor` finds nothing by accident. */
export function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value under keys, one inside the other; undefined where one of them is missing. */
export function readPath(value: JsonObject, keys: readonly string[]): Json | undefined {
  let found: Json | undefined = value;
  for (const key of keys) {
    if (!isObject(found)) return undefined;
    found = member(found, key);
  }
  return found;
}
