import { describe, expect, it } from "vitest";
import { Play, rule } from "./play.js";

const often = { maxFires: 10, cooldownSeconds: 1 };

describe("no_activity", () => {
  const silence = rule({ type: "no_activity", seconds: 10 }, { maxFires: 3, cooldownSeconds: 5 });

  it("counts from creation, and fires again after the cooldown while the silence lasts", () => {
    expect(new Play(silence).until(100).times).toEqual([10, 15, 20]);
  });

  it("counts anew from each activity of the user", () => {
    expect(new Play(silence).does(9, "page").does(18, "page").until(28).times).toEqual([28]);
  });

  it("takes no notice of other actors, unless told to", () => {
    expect(new Play(silence).does(9, "reply", {}, "ai").until(10).times).toEqual([10]);
    const both = rule({ type: "no_activity", seconds: 10, actors: ["user", "ai"] });
    expect(new Play(both).does(9, "reply", {}, "ai").until(18.999).times).toEqual([]);
    expect(new Play(both).does(9, "reply", {}, "ai").until(19).times).toEqual([19]);
  });

  it("is not shortened by an activity that comes late", () => {
    expect(new Play(silence).does(8, "page").late(2, "page").until(18).times).toEqual([18]);
  });
});

describe("no_progress", () => {
  const stuck = rule({ type: "no_progress", seconds: 10, marker: "step" });

  it("fires although activities go on, when the marker stays", () => {
    const play = new Play(stuck)
      .does(3, "screen", { step: 1 })
      .does(6, "screen", { step: 1 })
      .does(9, "click");
    expect(play.until(20).times).toEqual([13]);
  });

  it("counts from creation where the marker never comes, and ignores null", () => {
    expect(new Play(stuck).does(5, "screen", { step: null }).until(20).times).toEqual([10]);
  });
});

describe("field_changed", () => {
  const changed = rule({ type: "field_changed", field: "ssn*" }, often);

  it("fires once for each change of a field that matches", () => {
    expect(
      new Play(changed).changes(1, "ssn").changes(2, "name").changes(3, "ssn_2").until(60).times,
    ).toEqual([1, 3]);
  });

  it("does not take a repeated value for a change", () => {
    const play = new Play(changed)
      .changes(1, "ssn", "a")
      .changes(3, "ssn", "a")
      .changes(5, "ssn", "b")
      .changes(7, "ssn")
      .changes(9, "ssn", "b");
    expect(play.times).toEqual([1, 5, 7, 9]);
  });

  it("knows the reference implementation's field_id", () => {
    expect(new Play(changed).does(1, "field_change", { field_id: "ssn" }).times).toEqual([1]);
  });

  it("is gone when it came during a cooldown", () => {
    const slow = rule({ type: "field_changed" }, { maxFires: 10, cooldownSeconds: 10 });
    expect(new Play(slow).changes(1, "a").changes(5, "a").until(30).changes(31, "a").times).toEqual([1, 31]);
  });
});

describe("field_error", () => {
  const struggle = rule({ type: "field_error", times: 3, withinSeconds: 10 }, often);

  it("counts the changes of one and the same field", () => {
    expect(
      new Play(struggle).changes(1, "a").changes(2, "b").changes(3, "a").changes(4, "b").until(9).times,
    ).toEqual([]);
    expect(new Play(struggle).changes(1, "a").changes(2, "b").changes(3, "a").changes(4, "a").times).toEqual([
      4,
    ]);
  });

  it("leaves out what is as old as the window is long", () => {
    expect(new Play(struggle).changes(1, "a").changes(2, "a").changes(11, "a").times).toEqual([]);
    expect(new Play(struggle).changes(1, "a").changes(2, "a").changes(10.999, "a").times).toEqual([10.999]);
  });

  it("uses up what it has fired for", () => {
    const play = new Play(struggle)
      .changes(1, "a")
      .changes(2, "a")
      .changes(3, "a")
      .changes(4, "a")
      .changes(5, "a");
    expect(play.times).toEqual([3]);
    expect(play.changes(6, "a").times).toEqual([3, 6]);
  });

  it("fires at the end of the cooldown while the window still holds enough", () => {
    const slow = rule(
      { type: "field_error", times: 2, withinSeconds: 10 },
      { maxFires: 10, cooldownSeconds: 5 },
    );
    const play = new Play(slow).changes(1, "a").changes(2, "a").changes(3, "a").changes(4, "a").until(60);
    expect(play.times).toEqual([2, 7]);
    expect(play.matches[1]?.reason).toBe("2 of 2 changes of a within 10 s");
  });

  it("finds a burst that arrives late, in the window in which it occurred", () => {
    expect(
      new Play(struggle)
        .changes(100, "b")
        .late(50, "field_change", { fieldId: "a" })
        .late(52, "field_change", { fieldId: "a" })
        .late(54, "field_change", { fieldId: "a" }).times,
    ).toEqual([100]);
  });
});

describe("repeated_error and rate", () => {
  it("knows errors by their type", () => {
    const errors = rule({ type: "repeated_error", times: 3, withinSeconds: 10 });
    expect(new Play(errors).does(1, "error").does(2, "form_error").does(3, "api.error").times).toEqual([3]);
    expect(new Play(errors).does(1, "errors").does(2, "error_form").does(3, "api-error").times).toEqual([]);
  });

  it("takes a glob instead", () => {
    const failures = rule({ type: "repeated_error", activity: "*_failed", times: 2, withinSeconds: 10 });
    expect(new Play(failures).does(1, "error").does(2, "test_failed").does(3, "build_failed").times).toEqual([
      3,
    ]);
  });

  it("counts entries of any type", () => {
    const rate = rule({ type: "rate", activity: "click", times: 2, withinSeconds: 1 });
    expect(new Play(rate).does(1, "click").does(2, "click").does(2.5, "click").times).toEqual([2.5]);
  });
});

describe("a late entry", () => {
  it("is judged by its own time, whatever it is about", () => {
    const errors = rule({ type: "repeated_error", times: 2, withinSeconds: 5 }, { maxFires: 2 });
    const play = new Play(errors).does(1, "error").does(2, "error").does(20, "error").does(21, "error");
    expect(play.does(70, "page").times).toEqual([2]);
    expect(play.late(22, "page").times).toEqual([2, 70]);
  });
});

describe("status_changed and time_in_status", () => {
  it("fires at the transition, terminal ones included", () => {
    const done = rule({ type: "status_changed", to: ["completed", "cancelled"] });
    expect(new Play(done).becomes(5, "completed").times).toEqual([5]);
  });

  it("minds where the status came from", () => {
    const resumed = rule({ type: "status_changed", to: "active", from: "abandoned" });
    expect(new Play(resumed).becomes(1, "paused").becomes(2, "active").times).toEqual([]);
    expect(new Play(resumed).becomes(1, "abandoned").becomes(2, "active").times).toEqual([2]);
  });

  it("measures the time since the last transition, or since creation", () => {
    expect(new Play(rule({ type: "time_in_status", status: "active", seconds: 10 })).until(60).times).toEqual(
      [10],
    );
    const abandoned = rule({ type: "time_in_status", status: "abandoned", seconds: 10 });
    expect(new Play(abandoned).becomes(5, "abandoned").until(60).times).toEqual([15]);
  });
});

describe("reached_stage, score_below, classified", () => {
  it("fires at the entry into a stage, not while it lasts", () => {
    const stage = rule({ type: "reached_stage", stage: "submission" }, often);
    const play = new Play(stage)
      .does(1, "screen", { stage: "submission" })
      .does(3, "screen", { stage: "submission" });
    expect(
      play.does(5, "screen", { stage: "start" }).does(7, "screen", { stage: "submission" }).times,
    ).toEqual([1, 7]);
  });

  it("fires for each score that is below", () => {
    const low = rule({ type: "score_below", metric: "sentiment", threshold: 0.3 }, often);
    const play = new Play(low)
      .does(1, "message", { sentiment: 0.3 })
      .does(3, "message", { sentiment: 0.2 })
      .does(5, "message", { sentiment: "0" });
    expect(play.does(7, "message", { sentiment: 0 }).times).toEqual([3, 7]);
  });

  it("takes labels from classifications alone", () => {
    const scope = rule({ type: "classified", label: "out_of_scope" });
    expect(new Play(scope).does(1, "message", { label: "out_of_scope" }).times).toEqual([]);
    expect(new Play(scope).does(1, "classification", { label: "out_of_scope" }, "system").times).toEqual([1]);
  });
});

describe("metadata", () => {
  const blocked = rule(
    { type: "metadata", path: "order.blocked", is: true },
    { maxFires: 5, cooldownSeconds: 10 },
  );

  it("holds as long as the value is there", () => {
    const play = new Play(blocked)
      .metadata(5, { order: { blocked: true } })
      .until(20)
      .metadata(21, { order: null })
      .until(60);
    expect(play.times).toEqual([5, 15]);
  });

  it("is noticed at the first entry, where that comes at the very moment of creation", () => {
    const vip = rule({ type: "metadata", path: "vip", is: true });
    expect(new Play(vip, {}, { metadata: { vip: true } }).does(0, "page").times).toEqual([0]);
  });

  it("is noticed as soon as there is a moment, where it held from the start", () => {
    expect(new Play(blocked, {}, { metadata: { order: { blocked: true } } }).until(1).times).toEqual([0.001]);
  });
});

describe("sequence", () => {
  const steps = [{ activity: "login" }, { activity: "field_change", field: "card" }, { activity: "error" }];
  const failure = rule({ type: "sequence", steps, withinSeconds: 10 }, often);

  it("fires at the last step, with anything in between", () => {
    expect(
      new Play(failure).does(1, "login").changes(2, "name").changes(3, "card").does(4, "error").times,
    ).toEqual([4]);
    expect(new Play(failure).does(1, "login").does(2, "error").changes(3, "card").times).toEqual([]);
  });

  it("must lie within the window", () => {
    expect(new Play(failure).does(1, "login").changes(3, "card").does(11, "error").times).toEqual([]);
  });

  it("may begin anew at any time", () => {
    const play = new Play(failure)
      .does(1, "login")
      .changes(2, "card")
      .does(9, "login")
      .changes(10, "card")
      .does(15, "error");
    expect(play.times).toEqual([15]);
  });

  it("uses up its entries", () => {
    expect(
      new Play(failure).does(1, "login").changes(2, "card").does(3, "error").does(6, "error").times,
    ).toEqual([3]);
  });

  it("can demand that steps follow each other directly, and do so soon", () => {
    const direct = rule({
      type: "sequence",
      steps: [{ activity: "a" }, { activity: "b", adjacent: true }],
      withinSeconds: 60,
    });
    expect(new Play(direct).does(1, "a").does(2, "x").does(3, "b").times).toEqual([]);
    expect(new Play(direct).does(1, "a").does(2, "b").times).toEqual([2]);
    const soon = rule({
      type: "sequence",
      steps: [{ activity: "a" }, { activity: "b" }],
      withinSeconds: 60,
      maxGapSeconds: 5,
    });
    expect(new Play(soon).does(1, "a").does(6, "b").times).toEqual([6]);
    expect(new Play(soon).does(1, "a").does(6.001, "b").times).toEqual([]);
  });

  it("needs an entry of its own for each step", () => {
    const twice = rule({
      type: "sequence",
      steps: [{ activity: "a" }, { activity: "?" }],
      withinSeconds: 60,
    });
    expect(new Play(twice).does(1, "a").times).toEqual([]);
    expect(new Play(twice).does(1, "a").does(2, "a").times).toEqual([2]);
  });

  it("follows the newest way to a step", () => {
    const steps = [{ activity: "a" }, { activity: "b", optional: true }, { activity: "c" }];
    const soon = rule({ type: "sequence", steps, withinSeconds: 60, maxGapSeconds: 2 });
    expect(new Play(soon).does(1, "a").does(2, "b").does(4, "a").does(6, "c").times).toEqual([6]);
    expect(new Play(soon).does(1, "a").does(2, "b").does(4, "c").times).toEqual([4]);
  });

  it("can leave out a step that is optional", () => {
    const optional = [{ activity: "a" }, { activity: "b", optional: true }, { activity: "c" }];
    const loose = rule({ type: "sequence", steps: optional, withinSeconds: 60 });
    expect(new Play(loose).does(1, "a").does(2, "c").times).toEqual([2]);
    expect(new Play(loose).does(1, "a").does(2, "b").does(3, "c").times).toEqual([3]);
  });
});

describe("absence_after", () => {
  const unanswered = rule(
    { type: "absence_after", step: { activity: "question" }, without: { activity: "answer" }, seconds: 10 },
    often,
  );

  it("fires when the answer does not come", () => {
    expect(new Play(unanswered).does(5, "question").until(60).times).toEqual([15]);
    expect(new Play(unanswered).does(5, "question").does(14, "answer").until(60).times).toEqual([]);
  });

  it("counts from the first question that waits", () => {
    expect(new Play(unanswered).does(5, "question").does(9, "question").until(60).times).toEqual([15]);
  });

  it("can be its own answer: a heartbeat that stops", () => {
    const heartbeat = rule({
      type: "absence_after",
      step: { activity: "beat" },
      without: { activity: "beat" },
      seconds: 10,
    });
    expect(new Play(heartbeat).does(5, "beat").does(12, "beat").until(60).times).toEqual([22]);
  });
});

describe("oscillation", () => {
  it("fires when a field goes back to the value before the last", () => {
    const back = rule({ type: "oscillation" }, often);
    expect(
      new Play(back)
        .changes(1, "plan", "a")
        .changes(2, "plan", "b")
        .changes(3, "size", "a")
        .changes(4, "plan", "a").times,
    ).toEqual([4]);
    expect(
      new Play(back)
        .changes(1, "plan", "a")
        .changes(2, "plan", "b")
        .changes(3, "plan", "c")
        .changes(4, "plan", "a").times,
    ).toEqual([]);
  });

  it("keeps hashes of values and never values", () => {
    const play = new Play([rule({ type: "oscillation" }), rule({ type: "field_error" }, { name: "other" })]);
    play.changes(1, "ssn", "123-45-6789").changes(2, "ssn", "987-65-4321");
    const state = JSON.stringify(play.engine.trackers.toJSON());
    expect(state).toContain("ssn");
    expect(state).not.toContain("6789");
    expect(state).not.toContain("4321");
  });
});

describe("trend", () => {
  it("fires when a metric moves one way that often in a row", () => {
    const falling = rule({ type: "trend", metric: "score", direction: "falling", times: 2 }, often);
    const play = new Play(falling);
    for (const [index, score] of [5, 4, 4, 3, 2].entries()) play.does(2 * index + 1, "message", { score });
    expect(play.times).toEqual([9]);
    for (const [index, score] of [1, 0].entries()) play.does(20 + 2 * index, "message", { score });
    expect(play.times).toEqual([9]);
    expect(play.does(30, "message", { score: -1 }).times).toEqual([9, 30]);
  });
});

describe("all, any, not", () => {
  it("combines at one moment", () => {
    const both = rule({
      type: "all",
      conditions: [{ type: "field_changed" }, { type: "metadata", path: "vip", is: true }],
    });
    expect(new Play(both).changes(1, "a").metadata(2, { vip: true }).until(3).times).toEqual([]);
    expect(new Play(both).metadata(2, { vip: true }).changes(3, "a").times).toEqual([3]);
  });

  it("fires when time makes the last part true", () => {
    const quiet = rule({
      type: "all",
      conditions: [
        { type: "no_activity", seconds: 10 },
        { type: "not", condition: { type: "rate", activity: "error", times: 1, withinSeconds: 30 } },
      ],
    });
    expect(new Play(quiet).does(5, "error", {}, "system").until(60).times).toEqual([35]);
  });

  it("uses up what held outside of not, whether it was needed or not", () => {
    const either = rule(
      {
        type: "any",
        conditions: [
          { type: "rate", activity: "a", times: 2, withinSeconds: 60 },
          { type: "rate", activity: "?", times: 2, withinSeconds: 60 },
        ],
      },
      often,
    );
    expect(new Play(either).does(1, "a").does(3, "a").does(5, "b").times).toEqual([3]);
  });
});
