import fc from "fast-check";
import { expect, it } from "vitest";
import { equalText } from "../src/index.js";

it("says whether two texts are equal, also when their lengths differ", () => {
  expect(equalText("", "")).toBe(true);
  expect(equalText("", "a")).toBe(false);
  expect(equalText("abc", "ab")).toBe(false);
  expect(equalText("ä", "a")).toBe(false);
  const texts = fc.string({ unit: "grapheme" });
  fc.assert(fc.property(texts, texts, (one, other) => equalText(one, other) === (one === other)));
  fc.assert(fc.property(texts, (text) => equalText(text, `${text}`) && !equalText(text, `${text}.`)));
});
