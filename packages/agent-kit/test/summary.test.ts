import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSummary } from "../src/index.js";

const full = {
  situation: "The user is at step 3.",
  promises: ["A clerk calls before noon."],
  avoid: ["Do not ask for the SSN again."],
  decisions: [],
  open: ["The address."],
  facts: ["Lives in  Graz.\nSince 2020."],
  tried: ["", "Explained the format."],
};

const rendered = `The user is at step 3.
Promised:
- A clerk calls before noon.
Do not:
- Do not ask for the SSN again.
Open:
- The address.
Facts:
- Lives in Graz. Since 2020.
Tried:
- Explained the format.`;

describe("a summary", () => {
  it("has one form", () => {
    for (const answer of [full, JSON.stringify(full), `\`\`\`json\n${JSON.stringify(full)}\n\`\`\``])
      expect(readSummary(answer, 4_000)).toEqual({ ok: true, value: rendered });
  });

  it("keeps within its length, and what was promised in it", () => {
    const words = fc.array(fc.string({ maxLength: 500, unit: "binary" }), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.record({ facts: words, tried: words, avoid: words, decisions: words, open: words }),
        fc.integer({ min: 200, max: 3_000 }),
        (lists, maxLength) => {
          const answer = { situation: "At step 3.", ...lists, promises: ["A clerk calls."] };
          const read = readSummary(answer, maxLength);
          const text = read.ok ? read.value : "";
          expect(text.length).toBeLessThanOrEqual(maxLength);
          expect(text).toContain("- A clerk calls.");
        },
      ),
      { numRuns: 40 },
    );
  });

  it.each<[unknown, RegExp]>([
    ["All is well.", /not JSON/],
    [{ situation: " " }, /empty/],
    [{}, /empty/],
    [{ situation: { text: "panic" } }, /wrong shape: situation/],
    [[], /wrong shape/],
  ])("is missed in %j, and nothing of that is repeated", (answer, problem) => {
    const read = readSummary(answer, 1_000);
    expect(read).toEqual({ ok: false, problem: expect.stringMatching(problem) });
    expect(JSON.stringify(read)).not.toMatch(/well|panic/);
  });

  it("may lack lists", () => {
    expect(readSummary({ situation: "At step 3.", facts: null, open: "x" }, 1_000)).toEqual({
      ok: true,
      value: "At step 3.",
    });
  });
});
