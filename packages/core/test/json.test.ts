import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Json, OrchestratorError, toJson, toJsonObject } from "../src/index.js";

const limits = { name: "data", maxBytes: 1_000_000 };

describe("toJson", () => {
  it("copies any JSON value exactly", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const copy = toJson(value, limits);
        expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
        if (typeof value === "object" && value !== null) expect(copy).not.toBe(value);
      }),
    );
  });

  it("is not changed by later changes to the original", () => {
    const original = { list: [{ a: 1 }] };
    const copy = toJson(original, limits) as { list: { a: number }[] };
    original.list[0] = { a: 2 };
    expect(copy.list[0]?.a).toBe(1);
  });

  it.each([
    ["NaN", Number.NaN],
    ["Infinity", Number.POSITIVE_INFINITY],
    ["a bigint", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["undefined", undefined],
    ["a Date", new Date(0)],
    ["a Map", new Map()],
  ])("refuses %s and names the place", (_name, value) => {
    expect(() => toJson({ a: [0, value] }, limits)).toThrow(/^data\.a\[1\] is .*JSON cannot hold/);
    expect(codeOf(() => toJson({ a: [value] }, limits))).toBe("invalid_json");
  });

  it("leaves out members that are undefined, like JSON.stringify", () => {
    expect(toJson({ a: undefined, b: null }, limits)).toEqual({ b: null });
  });

  it("refuses a cycle", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(codeOf(() => toJson(cycle, limits))).toBe("invalid_json");
  });

  it("keeps a member called __proto__ as data", () => {
    const value = JSON.parse('{"__proto__":{"admin":true}}') as Json;
    const copy = toJson(value, limits) as Record<string, unknown>;
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"admin":true}}');
    expect((copy as { admin?: boolean }).admin).toBeUndefined();
  });

  it("measures bytes, not characters", () => {
    expect(codeOf(() => toJson("é".repeat(10), { name: "text", maxBytes: 21 }))).toBe("data_too_large");
    expect(toJson("é".repeat(10), { name: "text", maxBytes: 22 })).toBe("é".repeat(10));
  });
});

describe("toJsonObject", () => {
  it.each([[[]], [null], ["text"], [1], [new Date(0)]])("refuses %s", (value) => {
    expect(codeOf(() => toJsonObject(value, limits))).toBe("invalid_json");
  });
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return error.code;
    throw error;
  }
  return undefined;
}
