import fc from "fast-check";
import { expect, it } from "vitest";
import { escapedPieces, escapeText, plainText } from "../src/text.js";

it.each([
  ["Tom &amp; Jerry &lt;3", "Tom & Jerry <3"],
  ["&amp;lt;", "&lt;"],
  ["<@U012AB3CD> <@U012AB3CD|ada>", "@U012AB3CD @ada"],
  ["<#C123ABC456|general>, <!here>, <!subteam^S1|@team>", "#general, @here, @team"],
  ["<https://example.com/?a=1&amp;b=2>", "https://example.com/?a=1&b=2"],
  ["<http://example.com|example.com>", "http://example.com"],
  ["<https://example.com/form|the form>", "the form (https://example.com/form)"],
  ["<mailto:ada@example.com|ada@example.com>", "ada@example.com"],
])("%s was seen as %s", (text, seen) => expect(plainText(text)).toBe(seen));

it("gives back what it escaped, whatever stands in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(plainText(escapeText(text))).toBe(text);
    }),
  );
});

it("cuts into pieces that fit, and loses and splits nothing", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "&", "<", " ", "\n", "👍") });
  fc.assert(
    fc.property(text, fc.integer({ min: 5, max: 40 }), (whole, maxLength) => {
      const pieces = escapedPieces(whole, maxLength);
      const visible = (joined: string) => joined.replace(/\s/g, "");
      expect(visible(pieces.map(plainText).join(""))).toBe(visible(whole));
      expect(pieces.every((piece) => piece.length <= maxLength && piece.trim() !== "")).toBe(true);
    }),
  );
});

it("replaces half a character, which JSON and Slack cannot carry", () => {
  expect(escapeText("\ud800 half")).toBe("\ufffd half");
});
