import type { TriggerInput } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { createRuleSet, parseTrigger } from "../src/index.js";
import { rule } from "./play.js";

const set = (inputs: TriggerInput[], maxFiresPerSession: number | null = null) =>
  createRuleSet(
    inputs.map((input) => parseTrigger(input)),
    { maxFiresPerSession },
  );

describe("a rule set", () => {
  const a = rule({ type: "field_changed" }, { name: "a" });
  const b = rule({ type: "no_activity", seconds: 5 }, { name: "b", priority: 1 });

  it("orders triggers by priority, then name", () => {
    expect(set([a, b]).triggers.map(({ name }) => name)).toEqual(["b", "a"]);
  });

  it("has a hash of all definitions, whatever their order", () => {
    expect(set([a, b]).hash).toBe(set([b, a]).hash);
    const hashes = [
      set([a, b]),
      set([a]),
      set([a, b], 5),
      set([a, { ...b, priority: 2 }]),
      set([a, rule({ type: "custom", evaluate: () => true })]),
      set([a, rule({ type: "custom", evaluate: () => false })]),
      set([{ ...a, filter: (session) => session.workflow === "x" }, b]),
    ].map(({ hash }) => hash);
    expect(new Set(hashes).size).toBe(hashes.length);
    expect(set([rule({ type: "custom", evaluate: () => true })]).hash).toBe(
      set([rule({ type: "custom", evaluate: () => true })]).hash,
    );
  });

  it("has in its hash what a named condition does", () => {
    const named = [parseTrigger(rule({ type: "custom", evaluate: "busy" }))];
    const hashOf = (busy: () => boolean) => createRuleSet(named, { conditions: { busy } }).hash;
    expect(hashOf(() => true)).not.toBe(hashOf(() => false));
  });

  it("needs recent activities only where a custom condition looks at them", () => {
    expect(set([a, b]).needsRecent).toBe(0);
    expect(
      set([a, rule({ type: "not", condition: { type: "custom", evaluate: () => true } })]).needsRecent,
    ).toBe(50);
  });
});
