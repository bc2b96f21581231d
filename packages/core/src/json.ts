import { OrchestratorError } from "./errors.js";

export type JsonPrimitive = string | number | boolean | null;
export type Json = JsonPrimitive | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

const maxDepth = 32;

export interface JsonLimits {
  /** What the value is called in an error, e.g. `activity data`. */
  readonly name: string;
  /** Largest size of the value's JSON text, in UTF-8 bytes. */
  readonly maxBytes: number;
}

/**
 * A deep copy of `value` that holds nothing but JSON, so that later changes by the caller change nothing here.
 * Object members that are `undefined` are left out, as in `JSON.stringify`.
 *
 * @throws OrchestratorError `invalid_json` for NaN, Infinity, a bigint, a function, a class instance, a cycle or
 * more than 32 levels; `data_too_large` past `maxBytes`.
 */
export function toJson(value: unknown, limits: JsonLimits): Json {
  const copy = copyJson(value, limits.name, 0);
  // Most values are so small that nobody needs to know their exact size.
  if (mostBytes(copy) <= limits.maxBytes) return copy;
  const bytes = jsonBytes(copy);
  if (bytes > limits.maxBytes) {
    throw new OrchestratorError(
      "data_too_large",
      `The ${limits.name} is ${bytes} bytes as JSON; at most ${limits.maxBytes} are taken. Store the large part elsewhere and pass a reference.`,
    );
  }
  return copy;
}

/** Like {@link toJson}, for a value that must be an object. */
export function toJsonObject(value: unknown, limits: JsonLimits): JsonObject {
  if (!isPlainObject(value)) {
    throw new OrchestratorError(
      "invalid_json",
      `The ${limits.name} must be a plain object, not ${describe(value)}.`,
    );
  }
  return toJson(value, limits) as JsonObject;
}

/** The size of a JSON value's text in UTF-8 bytes. */
export function jsonBytes(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** An upper bound of {@link jsonBytes}, much cheaper. */
function mostBytes(value: Json): number {
  switch (typeof value) {
    case "string":
      return textBytes(value);
    case "number":
    case "boolean":
      // The longest number is -2.2250738585072014e-308.
      return 24;
    default: {
      if (value === null) return 4;
      let bytes = 2;
      if (Array.isArray(value)) for (const item of value) bytes += 1 + mostBytes(item);
      else for (const [key, member] of Object.entries(value)) bytes += 2 + textBytes(key) + mostBytes(member);
      return bytes;
    }
  }
}

/** At most: each UTF-16 unit may become an escape of six characters. */
function textBytes(text: string): number {
  return 2 + 6 * text.length;
}

function copyJson(value: unknown, path: string, depth: number): Json {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
    throw notJson(path, value);
  }
  if (depth >= maxDepth) {
    throw new OrchestratorError(
      "invalid_json",
      `${path} is nested more than ${maxDepth} levels deep, or refers to itself.`,
    );
  }
  if (Array.isArray(value)) return value.map((item, index) => copyJson(item, `${path}[${index}]`, depth + 1));
  if (!isPlainObject(value)) throw notJson(path, value);
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    if (member === undefined) continue;
    const memberCopy = copyJson(member, `${path}.${key}`, depth + 1);
    // An own `__proto__` member is data; plain assignment would set the prototype instead.
    if (key === "__proto__")
      Object.defineProperty(copy, key, {
        value: memberCopy,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else copy[key] = memberCopy;
  }
  return copy;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

function notJson(path: string, value: unknown): OrchestratorError {
  return new OrchestratorError(
    "invalid_json",
    `${path} is ${describe(value)}, which JSON cannot hold. Convert it to a string or a finite number first.`,
  );
}

function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return `an instance of ${value.constructor?.name ?? "a class"}`;
  return value === undefined ? "undefined" : `a ${typeof value}`;
}
