import type { ConditionContext, ConditionFunction } from "@hybrid-orchestrator/core";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { createRuleSet, parseTrigger } from "../src/index.js";
import { Play, rule } from "./play.js";
import { createdAt } from "./world.js";

const often = { maxFires: 10, cooldownSeconds: 1 };

describe("custom conditions", () => {
  it("are asked at each entry, with the session, the newest activities, the moment and their parameters", () => {
    const seen: ConditionContext[] = [];
    const evaluate: ConditionFunction = (context) => {
      seen.push(context);
      return context.activities.length === 2;
    };
    const play = new Play(
      rule({ type: "custom", evaluate, params: { limit: 3 } }),
      {},
      { workflow: "claims" },
    );
    expect(play.does(1, "a").does(2, "b").until(60).times).toEqual([2]);
    expect(seen[1]).toMatchObject({
      session: { workflow: "claims" },
      now: createdAt + 2_000,
      params: { limit: 3 },
    });
    expect(seen[1]?.activities.map(({ type }) => type)).toEqual(["a", "b"]);
    expect(seen).toHaveLength(2);
  });

  it("are asked on their own clock too", () => {
    const asked: number[] = [];
    const evaluate: ConditionFunction = ({ now }) => {
      asked.push((now - createdAt) / 1_000);
      return now >= createdAt + 30_000;
    };
    expect(
      new Play(rule({ type: "custom", evaluate, everySeconds: 10 }, often)).does(5, "a").until(45).times,
    ).toEqual([30, 40]);
    expect(asked).toEqual([5, 10, 20, 30, 40]);
  });

  it("are found by name, and missed at once where nobody registered them", () => {
    const named = rule({ type: "custom", evaluate: "busy" });
    expect(new Play(named, { conditions: { busy: () => true } }).does(1, "a").times).toEqual([1]);
    const missing = () => createRuleSet([parseTrigger(named)], { conditions: { idle: () => true } });
    expect(missing).toThrow(/Trigger rule names the condition busy, which nobody registered. Known: idle/);
    expect(missing).toThrow(expect.objectContaining({ code: "unknown_name" }) as OrchestratorError);
    expect(() => createRuleSet([parseTrigger(rule({ type: "custom", evaluate: "toString" }))])).toThrow(
      OrchestratorError,
    );
  });

  it("are not asked where the rest settles the matter, or a limit does", () => {
    let asked = 0;
    const evaluate: ConditionFunction = () => {
      asked += 1;
      return true;
    };
    const both = rule({ type: "all", conditions: [{ type: "custom", evaluate }, { type: "field_changed" }] });
    new Play(both).does(1, "a").changes(2, "a").changes(3, "a");
    expect(asked).toBe(1);
  });

  it("count as unknown when they throw, which not does not turn into true", () => {
    const broken: ConditionFunction = () => {
      throw new Error("no");
    };
    const play = new Play(
      rule(
        { type: "not", condition: { type: "custom", evaluate: broken, everySeconds: 10 } },
        { status: ["abandoned"] },
      ),
    );
    play.becomes(0, "abandoned");
    expect(play.engine.errors).toEqual([{ trigger: "rule", error: "Its condition failed: no" }]);
    expect(play.times).toEqual([]);
  });

  it("take nothing but true for an answer", () => {
    const truthy = (() => "yes") as unknown as ConditionFunction;
    expect(new Play(rule({ type: "custom", evaluate: truthy })).does(1, "a").times).toEqual([]);
  });

  it("may answer late: the trigger is evaluated then, with everything else as it is then", async () => {
    const evaluate: ConditionFunction = () => Promise.resolve(true);
    const condition = {
      type: "all",
      conditions: [
        { type: "custom", evaluate },
        { type: "metadata", path: "vip", is: true },
      ],
    } as const;
    const play = new Play(
      [rule(condition, often), rule({ type: "field_changed" }, { name: "other" })],
      {},
      { metadata: { vip: true } },
    );
    play.does(1, "a");
    expect(play.times).toEqual([]);
    const [pending] = play.engine.pending;
    expect(pending).toMatchObject({ trigger: "rule", leaf: 0 });
    const settled = { trigger: "rule", leaf: pending?.leaf ?? -1, holds: (await pending?.promise) ?? false };
    const look = { at: createdAt + 2_000, now: createdAt + 2_000, activity: null, recent: [] };
    const { trackers } = play.engine;
    expect(trackers.evaluate({ ...play.world.session, metadata: {} }, { ...look, settled }).matches).toEqual(
      [],
    );
    expect(
      trackers.evaluate(play.world.session, { ...look, settled: { ...settled, holds: false } }).matches,
    ).toEqual([]);
    const { matches } = trackers.evaluate(play.world.session, { ...look, settled });
    expect(matches.map(({ trigger, reason }) => [trigger.name, reason])).toEqual([
      ["rule", "metadata vip is true; its own condition holds"],
    ]);
  });
});
