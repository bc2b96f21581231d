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
  const copying = new JsonCopy();
  const copy = copying.copy(value, limits.name, 0);
  // Most values are so small that nobody needs to know their exact size.
  if (copying.mostBytes <= limits.maxBytes) return copy;
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

/** What a text says as JSON; undefined for one that is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The size of a JSON value's text in UTF-8 bytes. */
export function jsonBytes(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}

// The longest number is -2.2250738585072014e-308; and a separator.
const mostNumberBytes = 25;

/** A deep copy of one value, and an upper bound of its size that costs next to nothing. */
class JsonCopy {
  mostBytes = 0;

  copy(value: unknown, path: string, depth: number): Json {
    if (typeof value === "string") {
      this.#count(value);
      return value;
    }
    this.mostBytes += mostNumberBytes;
    if (typeof value === "boolean" || value === null) return value;
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
    if (Array.isArray(value))
      return value.map((item, index) => this.copy(item, `${path}[${index}]`, depth + 1));
    if (!isPlainObject(value)) throw notJson(path, value);
    return this.#copyObject(value, path, depth);
  }

  #copyObject(value: Record<string, unknown>, path: string, depth: number): Json {
    const copy: Record<string, Json> = {};
    for (const key of Object.keys(value)) {
      const member = value[key];
      if (member === undefined) continue;
      this.#count(key);
      const memberCopy = this.copy(member, `${path}.${key}`, depth + 1);
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

  /** A text with its quotes and a separator: each UTF-16 unit may become an escape of six characters. */
  #count(text: string): void {
    this.mostBytes += 3 + 6 * text.length;
  }
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
