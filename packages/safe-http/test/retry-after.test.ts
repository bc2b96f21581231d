import { expect, it } from "vitest";
import { readRetryAfter } from "../src/index.js";

it("Retry-After is read in each form that RFC 9110 has with a zone", () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 7);
  expect(readRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", now)).toBe(30_000);
  expect(readRetryAfter("Sunday, 06-Nov-94 08:49:37 GMT", now)).toBe(30_000);
  expect(readRetryAfter(["30", "60"], now)).toBe(30_000);
  for (const unread of [undefined, "", "1.5", "Sun Nov  6 08:49:37 1994", "Sun, 99 Foo 1994 GMT"])
    expect(readRetryAfter(unread, now)).toBeUndefined();
});

it("Retry-After may ask for any time and never for one that has passed", () => {
  expect(readRetryAfter("9".repeat(400), 0)).toBe(Number.MAX_SAFE_INTEGER);
  expect(readRetryAfter("Thu, 01 Jan 1970 00:00:01 GMT", 2_000)).toBe(0);
});
