import { createOrchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { virtualClock } from "@hybrid-orchestrator/testkit";
import { parseTriggers } from "@hybrid-orchestrator/triggers";
import fc from "fast-check";
import { expect, it } from "vitest";
import { record } from "../src/replay/recording.js";
import { redactRecording } from "../src/replay/redact.js";
import { replay } from "../src/replay/replay.js";

const { triggers } = parseTriggers(`
- { name: stuck, condition: { type: field_error, field: "a*", times: 2, withinSeconds: 30 }, action: { type: escalate }, maxFires: 3, cooldownSeconds: 5 }
- { name: idle, condition: { type: no_activity, seconds: 20 }, action: { type: escalate }, maxFires: 4, cooldownSeconds: 10 }
- { name: back, condition: { type: oscillation, field: "*" }, action: { type: escalate }, maxFires: 5, cooldownSeconds: 1 }
- { name: low, condition: { type: score_below, metric: score, threshold: 150 }, action: { type: set_status, status: paused }, maxFires: 2 }
- { name: gold, condition: { type: metadata, path: plan.level, is: gold }, action: { type: escalate }, maxFires: 2, cooldownSeconds: 15 }
- { name: long, condition: { type: time_in_status, status: active, seconds: 45 }, action: { type: escalate }, maxFires: 2 }
- { name: both, condition: { type: all, conditions: [{ type: no_activity, seconds: 5 }, { type: metadata, path: count, is: 3 }] }, action: { type: escalate } }
- { name: stalled, condition: { type: no_progress, seconds: 25, marker: step }, action: { type: escalate }, maxFires: 2, cooldownSeconds: 10 }
`);

const field = fc.record({
  fieldId: fc.constantFrom("a1", "b"),
  value: fc.constantFrom("x@example.com", "y", "", null),
});
const step = fc.oneof(
  { weight: 8, arbitrary: field.map((data) => ({ kind: "activity" as const, type: "field_change", data })) },
  fc
    .integer({ min: 0, max: 100 })
    .map((score) => ({ kind: "activity" as const, type: "rating", data: { score } })),
  fc
    .constantFrom("one", "two", 3)
    .map((at) => ({ kind: "activity" as const, type: "moved", data: { step: at } })),
  fc
    .constantFrom({ plan: { level: "gold" } }, { plan: null }, { count: 3 }, { count: 4 })
    .map((metadata) => ({ kind: "metadata" as const, metadata })),
  fc.constantFrom("pause", "resume").map((call) => ({ kind: call })),
);
const history = fc.array(fc.tuple(step, fc.integer({ min: 1, max: 40_000 })), {
  minLength: 1,
  maxLength: 30,
});

it("fires again just what had fired, redacted or not, whatever happened", async () => {
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const clock = virtualClock(Date.UTC(2025, 5, 1));
      await using orchestrator = createOrchestrator({
        storage: sqliteStorage({ path: ":memory:" }),
        triggers,
        clock,
      });
      await orchestrator.start();
      const { id } = await orchestrator.createSession({ recipient: { id: "ada" }, metadata: { count: 1 } });
      for (const [action, waitMs] of steps) {
        const done =
          action.kind === "activity"
            ? orchestrator.recordActivity(id, { type: action.type, data: action.data })
            : action.kind === "metadata"
              ? orchestrator.updateSession(id, { metadata: action.metadata })
              : action.kind === "pause"
                ? orchestrator.pause(id)
                : orchestrator.resume(id);
        await done;
        await clock.advance(waitMs);
      }
      const firings = (await orchestrator.listFirings({ session: id, limit: 500, order: "asc" })).items;
      const activities = (await orchestrator.listActivities(id, { limit: 500, order: "asc" })).items;
      const session = await orchestrator.getSession(id);
      const whole = record({ session, activities, firings, triggers, maxFiresPerSession: null });
      // What had come due since its last change was looked at as well.
      const recording = { ...whole, until: clock.now() };
      for (const each of [recording, redactRecording(recording)]) {
        const fired = await replay(each);
        expect(
          fired.map(({ trigger, ordinal, firedAt }) => ({ trigger, ordinal, firedAt })).sort(inOrder),
        ).toEqual([...each.firings].sort(inOrder));
      }
    }),
    { numRuns: process.env.SOAK === "1" ? 1_000 : 150 },
  );
}, 120_000);

type Fired = { readonly trigger: string; readonly firedAt: number };
const inOrder = (a: Fired, b: Fired) => a.firedAt - b.firedAt || (a.trigger < b.trigger ? -1 : 1);
