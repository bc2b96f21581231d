import { expect, it } from "vitest";
import { suggestName } from "../src/index.js";

const names = ["triggers", "plugins", "storage"];

it("suggests the nearest name, whatever its case and separators", () => {
  expect(suggestName("trigers", names)).toBe("; did you mean triggers?");
  expect(suggestName("PLUG_INS", names)).toBe("; did you mean plugins?");
});

it("lists the names where none is near", () => {
  expect(suggestName("colour", names)).toBe("; known: plugins, storage, triggers");
  expect(suggestName("colour", [])).toBe("");
});

it("understands names that it does not advertise", () => {
  expect(suggestName("tiggerz", ["storage"], ["triggers"])).toBe("; did you mean triggers?");
  expect(suggestName("colour", ["storage"], ["triggers"])).toBe("; known: storage");
});
