import { newActivitySchema } from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventsIn, formatDuration, momentOf, spellDuration, toActivity } from "../src/index.js";

const now = Date.UTC(2025, 0, 1, 12);

describe("an activity", () => {
  it("holds nothing private, and nothing that was not given", () => {
    const activity = toActivity(
      {
        type: "note",
        actor: "user",
        data: { text: "ssn 078-05-1120", pin: "4711", gone: undefined, nothing: null },
      },
      now,
    );
    expect(activity).toEqual({ type: "note", actor: "user", data: { text: "ssn ••••1120", pin: "••••" } });
  });

  it("happened when its system says, and never later than now", () => {
    const at = (moment: unknown) => toActivity({ type: "a", actor: "system", at: moment }, now).occurredAt;
    expect(at("2025-01-01T11:00:00+01:00")).toBe(Date.UTC(2025, 0, 1, 10));
    expect(at("2025-01-01T12:00:03.123456789Z")).toBe(now);
    expect(at(now - 5)).toBe(now - 5);
    for (const none of [
      "yesterday",
      "2025-01-01",
      "2025-01-01T11:00:00",
      "2025-13-01T11:00Z",
      -1,
      Number.NaN,
      null,
    ])
      expect(at(none), String(none)).toBeUndefined();
  });

  it("is cut where its texts are long, after they were masked", () => {
    const { data } = toActivity(
      { type: "a", actor: "user", data: { deep: [`${"x".repeat(3_990)} 4111 1111 1111 1111`] } },
      now,
    );
    const [text = ""] = (data as { deep: string[] }).deep;
    expect(text).toHaveLength(3_999);
    expect(text.endsWith(" ••••1111")).toBe(true);
    const long = toActivity({ type: "a", actor: "user", data: { text: "y".repeat(9_000) } }, now);
    expect((long.data as { text: string }).text).toBe(`${"y".repeat(3_999)}…`);
  });

  it("is refused where its data is no JSON or far too large", () => {
    const refused = (value: unknown) => () => toActivity({ type: "a", actor: "user", data: { value } }, now);
    expect(refused(Number.NaN)).toThrow(expect.objectContaining({ code: "invalid_json" }));
    expect(refused("x".repeat(2 ** 21))).toThrow(expect.objectContaining({ code: "data_too_large" }));
  });

  it("is valid, whatever the data", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.anything(), (data, at) => {
        const activity = toActivity({ type: "a", actor: "user", data, at }, now);
        expect(newActivitySchema.safeParse(activity).success).toBe(true);
        expect(activity.occurredAt ?? 0).toBeLessThanOrEqual(now);
      }),
    );
  });
});

it("events come alone, in a list, or under events", () => {
  expect(eventsIn({ a: 1 })).toEqual([{ a: 1 }]);
  expect(eventsIn([1, null])).toEqual([1, null]);
  expect(eventsIn({ events: [1, 2], more: 3 })).toEqual([1, 2]);
  expect(eventsIn({ events: 1 })).toEqual([{ events: 1 }]);
  expect(() => eventsIn(Array(1_001).fill(1))).toThrow(expect.objectContaining({ code: "invalid_argument" }));
});

it("moments are whole milliseconds", () => expect(momentOf(1.4)).toBe(1));

it.each([
  [0, "0 s"],
  [999, "0 s"],
  [59_999, "59 s"],
  [60_000, "1 min"],
  [3_661_000, "1 h 1 min"],
  [3_601_000, "1 h"],
  [90_000_000, "1 d 1 h"],
  [-5, "0 s"],
])("%i ms is %s", (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

it.each([
  [86_400, "24 hours", "24 Stunden"],
  [300, "5 minutes", "5 Minuten"],
  [90, "90 seconds", "90 Sekunden"],
  [0.5, "0.5 seconds", "0,5 Sekunden"],
])("%i s are %s", (duration, english, german) => {
  expect([spellDuration(duration, "en"), spellDuration(duration, "de")]).toEqual([english, german]);
});
