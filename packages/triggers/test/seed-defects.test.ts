import { OrchestratorError } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { createRuleSet, parseTrigger, parseTriggers } from "../src/index.js";
import { Play, rule } from "./play.js";
import { createdAt, newSession } from "./world.js";

/** What the reference implementation gets wrong (shared/seed/PAPER-NOTES.md, "Triggers" and "Counts"). */
describe("defects of the seed", () => {
  it("fires a status trigger for a completed session", () => {
    expect(new Play(rule({ type: "status_changed", to: "completed" })).becomes(3, "completed").times).toEqual(
      [3],
    );
  });

  it("does not fire a status trigger for active when nothing changed", () => {
    expect(new Play(rule({ type: "status_changed", to: "active" })).does(1, "page").until(100).times).toEqual(
      [],
    );
  });

  it("does not fire field_changed again and again for one old change", () => {
    const play = new Play(rule({ type: "field_changed" }, { maxFires: 10, cooldownSeconds: 1 })).changes(
      1,
      "a",
    );
    expect(play.does(20, "page").until(100).times).toEqual([1]);
  });

  it("does not miss a change that ten other activities follow", () => {
    const play = new Play(rule({ type: "field_changed", field: "ssn" })).changes(1, "ssn");
    for (let index = 0; index < 10; index++) play.does(1, "page");
    expect(play.times).toEqual([1]);
  });

  it("does not fire field_error again on the same events", () => {
    const play = new Play(
      rule({ type: "field_error", times: 3, withinSeconds: 60 }, { maxFires: 10, cooldownSeconds: 1 }),
    );
    expect(play.changes(1, "a").changes(2, "a").changes(3, "a").until(59).times).toEqual([3]);
  });

  it("does not miss a burst that is shorter than any polling interval", () => {
    const play = new Play(rule({ type: "field_error", times: 3, withinSeconds: 0.1 }));
    expect(play.changes(1, "a").changes(1.03, "a").changes(1.06, "a").until(100).times).toEqual([1.06]);
  });

  it("does not fire field_error when the value never changed", () => {
    const play = new Play(rule({ type: "field_error", times: 3, withinSeconds: 60 }));
    expect(
      play.changes(1, "a", "x").changes(2, "a", "x").changes(3, "a", "x").changes(4, "a", "x").times,
    ).toEqual([]);
  });

  it("does not let a missing or null field id match *, nor crash on it", () => {
    const rules = [
      rule({ type: "field_changed" }, { name: "changed" }),
      rule({ type: "field_error", times: 1 }, { name: "error" }),
    ];
    const play = new Play(rules)
      .does(1, "field_change", {})
      .does(2, "field_change", { fieldId: null })
      .does(3, "field_change", { field_id: null });
    expect(
      play.does(4, "field_change", { fieldId: 7 }).does(5, "field_change", { fieldId: "" }).fired,
    ).toEqual([]);
    expect(play.engine.errors).toEqual([]);
  });

  it("goes on with other rules when a filter or a condition throws", () => {
    const broken = () => {
      throw new Error("broken");
    };
    const rules = [
      rule({ type: "field_changed" }, { name: "bad filter", priority: 1, filter: broken }),
      rule({ type: "custom", evaluate: broken }, { name: "bad condition", priority: 2 }),
      rule({ type: "field_changed" }, { name: "good", priority: 3 }),
    ];
    const play = new Play(rules).changes(1, "a");
    expect(play.fired).toEqual(["good@1"]);
    expect(play.engine.errors).toEqual([
      { trigger: "bad filter", error: "Its filter failed: broken" },
      { trigger: "bad condition", error: "Its condition failed: broken" },
    ]);
  });

  it("refuses a duration given as text when the trigger is registered", () => {
    expect(() => parseTrigger(rule({ type: "no_activity", seconds: "120" as unknown as number }))).toThrow(
      /condition\.seconds: must be a number, not the text "120"/,
    );
  });

  it("does not ignore misplaced parameters", () => {
    const misplaced = {
      name: "n",
      duration_seconds: 5,
      condition: { type: "no_activity", params: { duration_seconds: 9, times: 2 } },
      action: { type: "sms" },
    };
    expect(() => parseTriggers([misplaced])).toThrow(/duration_seconds/);
    expect(() => parseTriggers([misplaced])).toThrow(/\[0\]\.condition\.params\.times: is not known here/);
  });

  it("does not take two triggers of one name", () => {
    const twice = [rule({ type: "field_changed" }), rule({ type: "field_changed" })];
    expect(() => createRuleSet(twice.map((input) => parseTrigger(input)))).toThrow(OrchestratorError);
    expect(() => parseTriggers(twice)).toThrow(/\[1\]\.name: rule is the name of trigger 0 already/);
  });

  it("does not fire again after restarts, nor on another node", () => {
    const play = new Play(rule({ type: "no_activity", seconds: 10 })).until(10);
    for (const kind of ["rebuild", "roundTrip", "rebuild"] as const) {
      play.engine.upset(kind, play.world.session, play.world.log);
      play.until(play.world.evaluatedAt / 1_000 - createdAt / 1_000 + 100);
    }
    expect(play.times).toEqual([10]);
  });

  it("keeps no counters outside of what the session's row holds", () => {
    const rules = createRuleSet([parseTrigger(rule({ type: "no_activity", seconds: 10 }))]);
    const fresh = () =>
      rules.restore({ session: newSession(), counters: {}, checkpoint: null, activities: [], firings: [] });
    fresh().evaluate(newSession(), {
      at: createdAt + 10_000,
      now: createdAt + 10_000,
      activity: null,
      recent: [],
    });
    expect(fresh().counters()).toEqual({});
  });
});
