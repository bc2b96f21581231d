import { describe, expect, it } from "vitest";
import { Play, rule } from "./play.js";

describe("explain", () => {
  it("says how things stand and when the trigger will fire", () => {
    const play = new Play(rule({ type: "no_activity", seconds: 120 }, { maxFires: 2 })).until(45);
    const explanation = play.explain();
    expect(explanation).toMatchObject({ trigger: "rule", fires: 0, holds: false, wouldFire: false });
    expect(explanation.text.split("\n")).toEqual([
      "Trigger rule has fired 0 of at most 2 times.",
      "Its condition does not hold: no activity by the user for 120 s.",
      "- no activity by the user for 120 s: no activity by the user for 45 s.",
      "If nothing else happens, it fires at 1970-01-01T00:18:40.000Z, in 75 s.",
    ]);
  });

  it("says that a match during a cooldown is gone", () => {
    const play = new Play(rule({ type: "field_changed", field: "ssn" }, { maxFires: 5 }))
      .changes(1, "ssn")
      .changes(30, "ssn");
    expect(play.explain().text.split("\n")).toEqual([
      "Trigger rule has fired 1 of at most 5 times, last at 1970-01-01T00:16:41.000Z.",
      "Its condition does not hold: a field ssn changes.",
      "- a field ssn changes: last seen at 1970-01-01T00:17:10.000Z, entry 2 of the log; it counts at that instant alone.",
      "What holds at one instant only and was seen in its cooldown, from 1970-01-01T00:16:41.000Z to 1970-01-01T00:17:41.000Z, is gone.",
      "Its cooldown of 60 s lasts until 1970-01-01T00:17:41.000Z, 31 s more.",
      "It does not fire now, nor later by time alone.",
    ]);
  });

  it("counts what is in a window", () => {
    const play = new Play(rule({ type: "field_error", times: 3, withinSeconds: 60 }))
      .changes(1, "ssn")
      .changes(2, "ssn")
      .changes(3, "name");
    expect(play.explain().text).toContain(
      "one field changes 3 times within 60 s: 2 of 3 changes of ssn within 60 s.",
    );
  });

  it("names every limit", () => {
    const silence = { type: "no_activity", seconds: 10 } as const;
    const done = new Play(rule(silence)).until(20);
    expect(done.explain()).toMatchObject({ fires: 1, holds: true, wouldFire: false });
    expect(done.explain().text).toContain("It fires at most 1 time in a session.");
    expect(new Play(rule(silence)).becomes(5, "paused").until(20).explain().text).toContain(
      "The session is paused, and a paused session fires nothing.",
    );
    const closed = new Play(rule(silence, { status: ["active", "abandoned"] }))
      .becomes(5, "completed")
      .until(20);
    expect(closed.explain().text).toContain(
      "The session is completed; it fires in sessions that are active or abandoned.",
    );
    const filtered = new Play(rule(silence, { filter: { workflow: "claims" } })).until(20);
    expect(filtered.explain()).toMatchObject({ holds: true, wouldFire: false });
    expect(filtered.explain().text).toContain("Its filter does not let this session pass.");
    const broken = rule(silence, {
      filter: () => {
        throw new Error("broken");
      },
    });
    expect(new Play(broken).until(20).explain().text).toContain("Its filter fails for this session");
  });

  it("says when it would fire now, and how compositions stand", () => {
    const condition = {
      type: "all",
      conditions: [
        { type: "metadata", path: "vip", is: true },
        { type: "not", condition: { type: "rate", activity: "x", times: 2, withinSeconds: 60 } },
      ],
    } as const;
    const play = new Play(rule(condition, { mode: { holdout: 0.25 } }), {}, { metadata: { vip: true } });
    expect(play.explain()).toMatchObject({ holds: true, wouldFire: true });
    expect(play.explain().text.split("\n")).toEqual([
      "Trigger rule (held out for 25 % of recipients) has fired 0 of at most 1 time.",
      "Its condition holds: metadata vip is true and not (2 entries of x within 60 s).",
      "- metadata vip is true: metadata vip is true.",
      "- 2 entries of x within 60 s: 0 of 2 entries within 60 s.",
      "It fires now.",
    ]);
  });

  it("does not ask custom conditions", () => {
    let asked = 0;
    const play = new Play(rule({ type: "custom", everySeconds: 10, evaluate: () => ++asked < 0 })).until(5);
    expect(play.explain().text).toContain(
      "it fires at 1970-01-01T00:16:50.000Z at the earliest, if its own condition says so, in 5 s.",
    );
    expect(asked).toBe(0);
  });

  it("refuses a name that is not known", () => {
    expect(() => new Play(rule({ type: "field_changed" })).explain("other")).toThrow(
      /No trigger is named other. Known: rule./,
    );
  });
});
