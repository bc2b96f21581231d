import { expect, it } from "vitest";
import { callEnd } from "../src/ended-reason.js";
import { spoken } from "../src/speech.js";

it.each([
  ["Nothing to spell.", "Nothing to spell."],
  ["Go to https://go.example.com/a1B-2.", "Go to go dot example dot com slash a 1 capital B dash 2."],
  ["(http://example.com/)", "(example dot com)"],
  [
    "https://my-site.example.com:8080/?q=x_y",
    "my dash site dot example dot com : 8080 slash question mark q equals x underscore y",
  ],
  [
    "Two: https://a.example/x and https://b.example/y!",
    "Two: a dot example slash x and b dot example slash y!",
  ],
])("%s is said as it can be written down", (text, said) => {
  expect(spoken(text, 60)?.replace("colon", ":")).toBe(said);
});

it("a link that nobody could write down is not for the ear", () => {
  expect(spoken(`Go to https://example.com/${"x".repeat(60)}`, 60)).toBeNull();
  expect(spoken(`Go to https://example.com/${"x".repeat(48)}`, 60)).not.toBeNull();
  expect(spoken("x".repeat(1_000), 0)).not.toBeNull();
});

it.each([
  ["customer-ended-call", "reached"],
  ["silence-timed-out", "reached"],
  ["customer-did-not-answer", "missed"],
  ["customer-busy", "missed"],
  ["voicemail", "missed"],
  ["call.start.error-get-assistant", "failed"],
  ["assistant-not-found", "failed"],
  ["call.in-progress.error-vapifault-openai-llm-failed", "reached"],
  ["pipeline-error-something-new", "unknown"],
  ["", "unknown"],
])("a call that ended with %s was %s", (reason, end) => {
  expect(callEnd(reason)).toBe(end);
});
