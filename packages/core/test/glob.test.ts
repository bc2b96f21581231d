import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlob } from "../src/index.js";

describe("globs", () => {
  it("match as a regular expression of the same meaning does", () => {
    const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", ".", "("), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b", ".", "("), maxLength: 10 });
    fc.assert(
      fc.property(pattern, text, (glob, name) => {
        const source = glob.replaceAll(/[.(]/g, "\\$&").replaceAll("*", "[^]*").replaceAll("?", "[^]");
        expect(compileGlob(glob)(name)).toBe(new RegExp(`^${source}$`).test(name));
      }),
      { numRuns: 2_000 },
    );
  });

  it("do not blow up", () => {
    const matches = compileGlob(`${"a*".repeat(50)}b`);
    expect(matches("a".repeat(5_000))).toBe(false);
  });
});
