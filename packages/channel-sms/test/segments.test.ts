import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countSegments } from "../src/index.js";

describe("countSegments", () => {
  it.each<[string, string, ReturnType<typeof countSegments>]>([
    ["nothing", "", { encoding: "GSM-7", units: 0, segments: 0 }],
    ["one", "Hello", { encoding: "GSM-7", units: 5, segments: 1 }],
    ["160 of GSM-7", "a".repeat(160), { encoding: "GSM-7", units: 160, segments: 1 }],
    ["161 of GSM-7", "a".repeat(161), { encoding: "GSM-7", units: 161, segments: 2 }],
    ["306 of GSM-7", "a".repeat(306), { encoding: "GSM-7", units: 306, segments: 2 }],
    ["307 of GSM-7", "a".repeat(307), { encoding: "GSM-7", units: 307, segments: 3 }],
    ["the most that Twilio takes", "a".repeat(1600), { encoding: "GSM-7", units: 1600, segments: 11 }],
    ["accents that GSM-7 has", "àèéìòùÄÖÑÜäöñüßÇØøÅåÆæ", { encoding: "GSM-7", units: 22, segments: 1 }],
    ["one that it has not", "ç", { encoding: "UCS-2", units: 1, segments: 1 }],
    ["80 escaped ones", "€".repeat(80), { encoding: "GSM-7", units: 160, segments: 1 }],
    ["81 escaped ones, none cut in two", "€".repeat(81), { encoding: "GSM-7", units: 162, segments: 2 }],
    ["153 escaped ones: 76 to a segment", "€".repeat(153), { encoding: "GSM-7", units: 306, segments: 3 }],
    ["70 of UCS-2", "ж".repeat(70), { encoding: "UCS-2", units: 70, segments: 1 }],
    ["71 of UCS-2", "ж".repeat(71), { encoding: "UCS-2", units: 71, segments: 2 }],
    ["134 of UCS-2", "ж".repeat(134), { encoding: "UCS-2", units: 134, segments: 2 }],
    ["135 of UCS-2", "ж".repeat(135), { encoding: "UCS-2", units: 135, segments: 3 }],
    ["67 pairs: 33 to a segment", "😀".repeat(67), { encoding: "UCS-2", units: 134, segments: 3 }],
    ["a typographic quote", `it’s ${"a".repeat(66)}`, { encoding: "UCS-2", units: 71, segments: 2 }],
  ])("%s", (_, text, expected) => {
    expect(countSegments(text)).toEqual(expected);
  });

  it("fills segments without gaps of more than a character", () => {
    const characters = fc.constantFrom("a", "€", "ж", "😀", "\n", "^");
    fc.assert(
      fc.property(fc.array(characters, { minLength: 1, maxLength: 900, size: "max" }), (list) => {
        const { encoding, units, segments } = countSegments(list.join(""));
        const [alone, joined] = encoding === "GSM-7" ? [160, 153] : [70, 67];
        if (units <= alone) return segments === 1;
        return segments >= Math.ceil(units / joined) && segments <= Math.ceil(units / (joined - 1));
      }),
    );
  });
});
