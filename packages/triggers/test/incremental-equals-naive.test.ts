import type { TriggerInput } from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRuleSet, parseTrigger } from "../src/index.js";
import * as arbitrary from "./arbitraries.js";
import { EngineSubject, type Input, NaiveSubject, type Upset, World } from "./world.js";

const isSoak = process.env.SOAK !== undefined && process.env.SOAK !== "0";
const numRuns = isSoak ? 20_000 : 300;
// TRIGGERS_SEED and TRIGGERS_PATH, both printed by a failure, run that case again.
const { TRIGGERS_SEED: seed, TRIGGERS_PATH: path } = process.env;
const replay = { ...(seed !== undefined && { seed: Number(seed) }), ...(path !== undefined && { path }) };

interface Case {
  readonly inputs: readonly TriggerInput[];
  readonly cap: number | null;
  readonly history: readonly (readonly [Input, Upset])[];
}

function run({ inputs, cap, history }: Case, upsets: boolean) {
  const triggers = inputs.map((input) => parseTrigger(input));
  const engine = new EngineSubject(createRuleSet(triggers, { maxFiresPerSession: cap }));
  const world = new World(engine, triggers);
  for (const [input, upset] of history) world.take(input, upsets ? upset : "none");
  return engine;
}

function runNaive({ inputs, cap, history }: Case) {
  const triggers = inputs.map((input) => parseTrigger(input));
  const naive = new NaiveSubject(triggers, cap);
  const world = new World(naive, triggers);
  for (const [input] of history) world.take(input);
  return naive.rules.firings;
}

describe("incremental equals naive", () => {
  it(
    "fires what a recomputation over the whole log at every millisecond fires",
    () => {
      fc.assert(
        fc.property(arbitrary.rules, arbitrary.cap, arbitrary.history, (inputs, cap, history) => {
          const fired = run({ inputs, cap, history }, true).fired;
          const expected = runNaive({ inputs, cap, history });
          expect(fired.map(({ trigger, ordinal, at, seq }) => ({ trigger, ordinal, at, seq }))).toEqual(
            expected,
          );
        }),
        { numRuns, ...replay },
      );
    },
    isSoak ? 3_600_000 : 120_000,
  );

  it(
    "behaves the same, reasons included, whether trackers are made anew in between or not",
    () => {
      fc.assert(
        fc.property(arbitrary.rules, arbitrary.cap, arbitrary.history, (inputs, cap, history) => {
          expect(run({ inputs, cap, history }, true).fired).toEqual(
            run({ inputs, cap, history }, false).fired,
          );
        }),
        { numRuns, ...replay },
      );
    },
    isSoak ? 3_600_000 : 120_000,
  );

  it(
    "is due at no moment at which nothing fires, where conditions are plain",
    () => {
      fc.assert(
        fc.property(arbitrary.plainRules, arbitrary.cap, arbitrary.history, (inputs, cap, history) => {
          const withoutFunctions = inputs.filter(({ filter }) => typeof filter !== "function");
          expect(run({ inputs: withoutFunctions, cap, history }, true).idle).toBe(0);
        }),
        { numRuns, ...replay },
      );
    },
    isSoak ? 3_600_000 : 120_000,
  );
});
