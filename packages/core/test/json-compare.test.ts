import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalText, hashJson, type Json, sameJson } from "../src/index.js";

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;

/** The same value with the members of every object in the opposite order. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, turned(member)]),
  );
}

describe("two JSON values", () => {
  it("are the same whatever the order of their members", () => {
    fc.assert(
      fc.property(json, (value) => {
        const other = turned(value);
        expect(sameJson(value, other)).toBe(true);
        expect(canonicalText(other)).toBe(canonicalText(value));
        expect(hashJson(other)).toBe(hashJson(value));
      }),
    );
  });

  it("are told apart", () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(sameJson(a, b)).toBe(canonicalText(a) === canonicalText(b));
      }),
    );
    expect(sameJson([1, 2], [2, 1])).toBe(false);
    expect(sameJson({ a: 1 }, { a: 1, b: null })).toBe(false);
    expect(sameJson({}, [])).toBe(false);
    expect(hashJson("1")).not.toBe(hashJson(1));
  });
});
