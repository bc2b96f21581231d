import { expect, it } from "vitest";
import { createRemembered } from "../src/send/remembered.js";

it("remembers so many for so long, and no more", () => {
  let now = 0;
  const remembered = createRemembered<number>({ maxEntries: 3, keepMs: 100, now: () => now });
  for (let key = 1; key <= 4; key += 1) remembered.set(`${key}`, key);
  expect(["1", "2", "3", "4"].map(remembered.get)).toEqual([undefined, 2, 3, 4]);
  remembered.delete("2");
  expect(remembered.get("2")).toBeUndefined();
  now = 50;
  remembered.set("3", 33);
  now = 100;
  expect(["3", "4"].map(remembered.get)).toEqual([33, undefined]);
  now = 150;
  expect(remembered.get("3")).toBeUndefined();
});
