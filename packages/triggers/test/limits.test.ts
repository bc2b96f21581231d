import { createHash } from "node:crypto";
import type { Session } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { Play, rule } from "./play.js";

const silence = { type: "no_activity", seconds: 10 } as const;
const change = { type: "field_changed" } as const;

describe("limits", () => {
  it("fires once in a session by default, a minute apart where more is allowed", () => {
    expect(new Play(rule(silence)).until(1_000).times).toEqual([10]);
    expect(new Play(rule(silence, { maxFires: 3 })).until(1_000).times).toEqual([10, 70, 130]);
  });

  it("may fire for each entry without a cooldown, where the condition is momentary", () => {
    const play = new Play(rule(change, { maxFires: 3, cooldownSeconds: 0 }));
    expect(play.changes(1, "a").changes(1, "b").changes(1, "c").changes(1, "d").times).toEqual([1, 1, 1]);
  });

  it("keeps the cap of a session, which shadow firings do not use up", () => {
    const rules = [
      rule(change, { name: "shadow", mode: "shadow", maxFires: 9, cooldownSeconds: 0, priority: 1 }),
      rule(change, { name: "held out", mode: { holdout: 1 }, maxFires: 9, cooldownSeconds: 0, priority: 2 }),
      rule(change, { name: "live", maxFires: 9, cooldownSeconds: 0, priority: 3 }),
    ];
    const play = new Play(rules, { maxFiresPerSession: 3 }).changes(1, "a").changes(2, "a").changes(3, "a");
    expect(play.fired).toEqual(["shadow@1", "held out@1", "live@1", "shadow@2", "held out@2", "shadow@3"]);
  });

  it("goes by priority, then by name", () => {
    const rules = ["c", "a", "b"].map((name) => rule(change, { name, priority: name === "b" ? 1 : 2 }));
    expect(new Play(rules).changes(1, "x").fired).toEqual(["b@1", "a@1", "c@1"]);
  });
});

describe("status", () => {
  it("fires nothing while paused, and catches up with what lasts", () => {
    const play = new Play([rule(silence, { name: "silence" }), rule(change, { name: "change" })]);
    play.becomes(5, "paused").changes(6, "a").until(30);
    expect(play.fired).toEqual([]);
    expect(play.becomes(31, "active").fired).toEqual(["silence@31"]);
  });

  it("lets a condition on the status fire at the entry that paused it, and at no other", () => {
    const rules = [
      rule({ type: "status_changed", to: "paused" }, { name: "paused" }),
      rule(
        {
          type: "any",
          conditions: [
            { type: "status_changed", to: "completed" },
            { type: "metadata", path: "vip", is: true },
          ],
        },
        { name: "other", priority: 1 },
      ),
    ];
    expect(new Play(rules).becomes(5, "paused").metadata(6, { vip: true }).until(60).fired).toEqual([
      "paused@5",
    ]);
  });

  it("fires in closed sessions only where a trigger names that status", () => {
    const play = new Play([
      rule(silence, { name: "active" }),
      rule(silence, { name: "follow-up", status: ["abandoned"] }),
    ]);
    expect(play.becomes(5, "abandoned").until(60).fired).toEqual(["follow-up@10"]);
  });
});

describe("filter", () => {
  it("is declarative or a function", () => {
    const by = (filter: NonNullable<Parameters<typeof rule>[1]>["filter"]) =>
      new Play(
        rule(change, { filter }),
        {},
        { workflow: "claims", metadata: { tier: { gold: true } } },
      ).changes(1, "a").times.length;
    expect(by({ workflow: "claims" })).toBe(1);
    expect(by({ workflow: ["orders", "claims"], metadata: { "tier.gold": true } })).toBe(1);
    expect(by({ workflow: "orders" })).toBe(0);
    expect(by({ metadata: { "tier.silver": true } })).toBe(0);
    expect(by((session) => session.metadata.tier !== undefined)).toBe(1);
    expect(by(() => false)).toBe(0);
  });
});

describe("a filter function", () => {
  const silent = (filter: (session: Session) => boolean) => new Play(rule(silence, { filter }));

  it("lets a state pass at the entry that turns it, whatever that entry is", () => {
    const play = silent((session) => session.lastActivityAt.ai !== null).does(20, "reply", {}, "ai");
    expect(play.times).toEqual([20]);
  });

  it("is asked anew when the session changes without an entry", () => {
    const play = silent((session) => session.summary === "stuck").until(20);
    expect(play.engine.nextMoment(play.world.session, play.world.evaluatedAt)).toBeNull();
    play.world.session = { ...play.world.session, summary: "stuck" };
    expect(play.until(30).times).toEqual([20.001]);
  });

  it("is reported once when it throws, and not at every moment from then on", () => {
    const play = silent(() => {
      throw new Error("broken");
    });
    expect(play.until(60).engine.errors).toEqual([{ trigger: "rule", error: "Its filter failed: broken" }]);
    expect(play.engine.nextMoment(play.world.session, play.world.evaluatedAt)).toBeNull();
  });
});

describe("mode", () => {
  const armFor = (id: string, salt: string) =>
    new Play(
      rule(change, { mode: { holdout: 0.5, salt } }),
      {},
      { recipient: { id, available: true } },
    ).changes(1, "a").matches[0];

  it("holds out by the hash of salt and recipient, the same each time", () => {
    for (const id of ["ada", "bob", "cyd", "dan", "eve", "fay"]) {
      const share = createHash("sha256").update(`s:${id}`).digest().readUIntBE(0, 6) / 2 ** 48;
      expect(armFor(id, "s")).toMatchObject({ mode: "holdout", arm: share < 0.5 ? "control" : "treatment" });
    }
  });

  it("holds out about the share that was asked for", () => {
    const arms = Array.from({ length: 400 }, (_, index) => armFor(`r${index}`, "s")?.arm);
    expect(arms.filter((arm) => arm === "control").length).toBeGreaterThan(150);
    expect(arms.filter((arm) => arm === "control").length).toBeLessThan(250);
  });

  it("records shadow firings as control", () => {
    expect(new Play(rule(change, { mode: "shadow" })).changes(1, "a").matches[0]).toMatchObject({
      mode: "shadow",
      arm: "control",
    });
  });
});

describe("what a firing says", () => {
  it("names the reason with its numbers, and the obstacle with the trigger's severity", () => {
    const play = new Play(rule({ type: "field_error", times: 2, withinSeconds: 10 }, { severity: "high" }))
      .changes(1, "ssn")
      .changes(2, "ssn");
    expect(play.matches[0]).toMatchObject({
      ordinal: 1,
      reason: "2 of 2 changes of ssn within 10 s",
      blocker: {
        kind: "repeated_failure",
        severity: "high",
        description: "2 of 2 changes of ssn within 10 s",
      },
    });
  });

  it("finds no obstacle in what is none", () => {
    expect(new Play(rule(change)).changes(1, "a").matches[0]?.blocker).toBeNull();
    expect(new Play(rule(silence)).until(10).matches[0]?.blocker?.kind).toBe("user_inactive");
  });
});
