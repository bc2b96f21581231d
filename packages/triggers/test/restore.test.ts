import type { Firing, TriggerInput } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { createRuleSet, parseTrigger } from "../src/index.js";
import { Play, rule } from "./play.js";
import { createdAt, newSession } from "./world.js";

const often = { maxFires: 10, cooldownSeconds: 1 };

function rulesOf(...inputs: TriggerInput[]) {
  return createRuleSet(inputs.map((input) => parseTrigger(input)));
}

describe("restoring trackers", () => {
  const conditions: TriggerInput["condition"][] = [
    { type: "field_error", times: 2, withinSeconds: 60 },
    { type: "oscillation" },
    { type: "rate", activity: "*", times: 50, withinSeconds: 60 },
    { type: "sequence", steps: [{ activity: "page" }, { activity: "submit" }], withinSeconds: 60 },
    { type: "absence_after", step: { activity: "page" }, without: { activity: "submit" }, seconds: 30 },
    { type: "trend", metric: "score", direction: "rising", times: 2 },
    { type: "no_progress", marker: "step", seconds: 40 },
    { type: "time_in_status", status: "active", seconds: 50 },
    { type: "reached_stage", stage: "two" },
  ];
  const every = conditions.map((condition) => rule(condition, { name: condition.type, maxFires: 5 }));

  it.each(["roundTrip", "checkpoint", "rebuild"] as const)("by %s changes nothing", (kind) => {
    const drive = (upset: boolean) => {
      const play = new Play(every);
      const pause = () => upset && play.engine.upset(kind, play.world.session, play.world.log);
      play.changes(1, "__proto__", "a").changes(2, "10", "x").does(3, "page", { step: 1, score: 1 });
      pause();
      play.changes(4, "__proto__", "b").changes(5, "10", "y").does(6, "m", { score: 2, stage: "two" });
      pause();
      play.changes(7, "__proto__", "a").does(8, "m", { score: 3, stage: "one" }).does(9, "submit");
      pause();
      return play.until(100).matches;
    };
    expect(drive(true)).toEqual(drive(false));
    expect(drive(false).length).toBeGreaterThan(6);
  });

  it("looks into the present again after a late entry", () => {
    const errors = rule({ type: "repeated_error", times: 3, withinSeconds: 2 });
    const play = new Play(errors).does(1, "error").does(1, "error").late(0, "error");
    expect(play.times).toEqual([]);
    expect(play.late(1, "page").times).toEqual([1]);
  });

  it("uses up nothing for a firing before the first entry", () => {
    const either = rule(
      {
        type: "any",
        conditions: [
          { type: "no_activity", seconds: 1, actors: ["system"] },
          { type: "rate", activity: "a", times: 1, withinSeconds: 60 },
        ],
      },
      { maxFires: 2, cooldownSeconds: 10 },
    );
    const play = new Play(either).until(1).does(1, "a");
    play.engine.upset("rebuild", play.world.session, play.world.log);
    expect(play.until(11).matches[1]).toMatchObject({ reason: expect.stringContaining("1 of 1 entry") });
  });

  it("honours recorded firings when a definition changed", () => {
    const before = new Play(rule({ type: "field_error", times: 2, withinSeconds: 60 }, often))
      .changes(1, "a")
      .changes(2, "a");
    const firings = before.matches.map(
      (match, index): Firing => ({
        id: `${index}`,
        sessionId: "session-1",
        firedAt: match.at,
        decidedAt: match.at,
        status: "active",
        ...match,
      }),
    );
    const after = rulesOf(rule({ type: "field_error", times: 2, withinSeconds: 120 }, often));
    const trackers = after.restore({
      session: before.world.session,
      counters: before.engine.trackers.counters(),
      checkpoint: null,
      activities: before.world.log,
      firings,
    });
    expect(trackers.nextDueAt(before.world.session, createdAt + 5_000)).toBeNull();
    expect(trackers.counters()).toEqual({ rule: { fires: 1, lastFiredAt: createdAt + 2_000 } });
  });

  it("finds at once what a new rule is about", () => {
    const trackers = rulesOf(rule({ type: "no_activity", seconds: 10 })).restore({
      session: newSession(),
      counters: {},
      checkpoint: null,
      activities: [],
      firings: [],
    });
    expect(trackers.nextDueAt(newSession(), createdAt + 60_000)).toBe(createdAt + 60_001);
  });

  it("refuses a checkpoint of other rules", () => {
    const checkpoint = { seq: 1, rulesHash: "other", state: {} };
    expect(() =>
      rulesOf(...every).restore({
        session: newSession(),
        counters: {},
        checkpoint,
        activities: [],
        firings: [],
      }),
    ).toThrow(/other rules/);
  });

  it("keeps the counters of triggers that are gone, and counts them for the cap", () => {
    const rules = createRuleSet([parseTrigger(rule({ type: "field_changed" }))], { maxFiresPerSession: 2 });
    const counters = { gone: { fires: 2, lastFiredAt: createdAt } };
    const trackers = rules.restore({
      session: newSession(),
      counters,
      checkpoint: null,
      activities: [],
      firings: [],
    });
    expect(trackers.counters()).toEqual(counters);
    expect(trackers.explain(newSession(), "rule", createdAt).text).toContain(
      "as often as one session allows",
    );
  });
});

describe("bounds", () => {
  const struggle = rule({ type: "field_error", times: 2, withinSeconds: 1_000 }, often);

  it("forgets the field that changed longest ago, once 100 others have", () => {
    const fill = (others: number) => {
      const play = new Play(struggle).changes(1, "first");
      for (let index = 0; index < others; index++) play.changes(2, `f${index}`);
      return play.changes(3, "first").times;
    };
    expect(fill(99)).toEqual([3]);
    expect(fill(100)).toEqual([]);
  });

  it("does not fire at the end of a cooldown for a field that it has forgotten", () => {
    const play = new Play({ ...struggle, cooldownSeconds: 100 }).changes(1, "a").changes(2, "a");
    play.changes(3, "b").changes(4, "b");
    for (let index = 0; index < 100; index++) play.changes(5, `f${index}`);
    expect(play.until(500).times).toEqual([2]);
  });

  it("does not grow with the length of a session", () => {
    const rules = [
      struggle,
      rule({ type: "oscillation" }, { name: "b" }),
      rule({ type: "rate", activity: "*", times: 5, withinSeconds: 1 }, { name: "c" }),
    ];
    const play = new Play(rules);
    const sizes: number[] = [];
    for (let index = 0; index < 3_000; index++) {
      play.changes(index * 10, `field ${(index * 7) % 500}`, index);
      if (index === 1_000 || index === 2_999)
        sizes.push(JSON.stringify(play.engine.trackers.toJSON()).length);
    }
    expect(sizes[1]).toBeLessThan((sizes[0] ?? 0) * 1.1);
    expect(play.engine.trackers.sizeBytes()).toBeGreaterThan(1_000);
  });
});
