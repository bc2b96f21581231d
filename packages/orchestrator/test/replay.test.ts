import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject, Session, TriggerInput } from "@hybrid-orchestrator/core";
import { createOrchestrator, type Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { sqliteStorage } from "@hybrid-orchestrator/storage-sqlite";
import { type VirtualClock, virtualClock } from "@hybrid-orchestrator/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { replayLog, rulesOf, tellFiring } from "./proof/oracle.js";

/** The whole path (queue, cache, checkpoints, restarts, ticks at any time) against one pass over the stored log. */

const note = { type: "ui_action", action: "note" } as const;
const triggers: TriggerInput[] = [
  {
    name: "quiet",
    condition: { type: "no_activity", seconds: 30 },
    action: note,
    maxFires: 4,
    cooldownSeconds: 20,
  },
  {
    name: "stuck",
    condition: { type: "field_error", times: 3, withinSeconds: 40 },
    action: note,
    maxFires: 9,
    cooldownSeconds: 5,
  },
  {
    name: "changed",
    condition: { type: "field_changed", field: "a*" },
    action: note,
    maxFires: 99,
    cooldownSeconds: 0,
  },
  { name: "back", condition: { type: "oscillation" }, action: note, maxFires: 9, cooldownSeconds: 1 },
  {
    name: "paused",
    condition: { type: "status_changed", to: "paused" },
    action: note,
    maxFires: 9,
    cooldownSeconds: 0,
  },
  {
    name: "blocked",
    condition: {
      type: "all",
      conditions: [
        { type: "metadata", path: "blocked", is: true },
        { type: "no_progress", marker: "step", seconds: 15 },
      ],
    },
    action: note,
    maxFires: 5,
    cooldownSeconds: 10,
  },
  {
    name: "unsigned",
    condition: {
      type: "absence_after",
      step: { activity: "quote" },
      without: { activity: "signed" },
      seconds: 25,
    },
    action: note,
    maxFires: 5,
    cooldownSeconds: 1,
  },
];

type Step =
  | {
      readonly kind: "record";
      readonly activities: readonly { type: string; data: JsonObject; ago: number }[];
    }
  | { readonly kind: "pass"; readonly seconds: number }
  | { readonly kind: "metadata"; readonly blocked: boolean }
  | { readonly kind: "tick" | "pause" | "resume" | "restart" };

const activity = fc.record({
  type: fc.constantFrom("field_change", "field_change", "field_change", "quote", "signed", "x"),
  data: fc.record({
    fieldId: fc.constantFrom("a", "b"),
    value: fc.constantFrom("1", "2", "3"),
    step: fc.constantFrom(1, 2),
  }),
  ago: fc.nat({ max: 60 }),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("record" as const),
      activities: fc.array(activity, { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("pass" as const), seconds: fc.nat({ max: 50 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("metadata" as const), blocked: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("tick" as const, "pause" as const, "resume" as const, "restart" as const),
    }),
  },
);

it("fires exactly what one pass over the stored log gives, whatever happened in between", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: "max" }), async (steps) => {
      const folder = mkdtempSync(join(tmpdir(), "hybrid-replay-"));
      try {
        await check(join(folder, "sessions.db"), steps);
      } finally {
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: process.env.SOAK ? 2_000 : 60 },
  );
}, 600_000);

async function check(path: string, steps: readonly Step[]): Promise<void> {
  const clock = virtualClock(1_000_000_000_000);
  const open = () =>
    createOrchestrator({ storage: sqliteStorage({ path, durability: "normal" }), triggers, clock });
  let orchestrator = open();
  const created = await orchestrator.createSession({ ttlSeconds: null });
  for (const one of steps) {
    if (one.kind === "restart") {
      await orchestrator.stop();
      orchestrator = open();
    } else await perform(orchestrator, clock, created, one);
  }
  await orchestrator.checkTriggers();
  const log = (await orchestrator.listActivities(created.id, { limit: 500, order: "asc" })).items;
  const stored = (await orchestrator.listFirings({ session: created.id, limit: 500, order: "asc" })).items;
  await orchestrator.stop();
  expect(log.length).toBeLessThan(500);
  expect(stored.map(tellFiring)).toEqual(replayLog(rulesOf(triggers), created, log, clock.now()));
}

async function perform(
  orchestrator: Orchestrator,
  clock: VirtualClock,
  session: Session,
  one: Exclude<Step, { kind: "restart" }>,
): Promise<void> {
  switch (one.kind) {
    case "record":
      await orchestrator.recordActivity(
        session.id,
        one.activities.map(({ type, data, ago }) => ({
          type,
          data,
          occurredAt: Math.max(session.createdAt, clock.now() - ago * 1_000),
        })),
      );
      return;
    case "pass":
      await clock.advance(one.seconds * 1_000);
      return;
    case "metadata":
      await orchestrator.updateSession(session.id, { metadata: { blocked: one.blocked } });
      return;
    case "tick":
      await orchestrator.checkTriggers();
      return;
    case "pause":
    case "resume":
      await orchestrator[one.kind](session.id);
      return;
  }
}
