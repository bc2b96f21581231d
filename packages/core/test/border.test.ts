import { expect, it } from "vitest";
import { addressOn, parseJson, recipientSchema } from "../src/index.js";

it("a text that is no JSON is undefined, and null is null", () => {
  expect(parseJson('{"a":[1]}')).toEqual({ a: [1] });
  expect(parseJson("null")).toBeNull();
  for (const text of ["", "{", "undefined", "<html>"]) expect(parseJson(text)).toBeUndefined();
});

it("a recipient has an address for a channel only if it was given", () => {
  const recipient = recipientSchema.parse({ id: "u", phone: "+1", addresses: { pager: "7" } });
  expect(addressOn(recipient, "pager")).toBe("7");
  for (const name of ["sms", "constructor", "__proto__"]) expect(addressOn(recipient, name)).toBeUndefined();
  expect(addressOn(recipientSchema.parse({ id: "u" }), "pager")).toBeUndefined();
});
