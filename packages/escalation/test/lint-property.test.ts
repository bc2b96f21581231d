import { type EscalationPolicy, escalationPolicySchema } from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { expect, it } from "vitest";
import { lintPolicy, nextChange, simulatePolicy } from "../src/index.js";
import { directory, everybody, somePolicy } from "./policies.js";
import { makeStaff, seconds } from "./team.js";

const runs = process.env.SOAK ? 500 : 16;
const hour = 3_600 * seconds;
const monday = Date.parse("2026-03-23T00:00+01:00");
const weekMs = 7 * 24 * hour;

/**
 * Lives long enough for any hours to come, and is through when it has been through. What is held is held for its hours
 * alone: it takes more than a start to find the moment at which somebody would have to come who was not there.
 */
const patient = somePolicy.map(
  (policy): EscalationPolicy => ({
    ...policy,
    levels: policy.levels.map((level) =>
      level.onNoTarget === "hold" ? { ...level, targets: [...level.targets, { channel: "desk" }] } : level,
    ),
    ttlSeconds: 14 * 86_400,
    onExhausted: { action: "expire" },
  }),
);

/** Moments at which the hours of a week begin or end, and as much earlier as some of the levels wait. */
function* openings(policy: EscalationPolicy): Generator<number> {
  yield monday + 12 * hour;
  const waits = [0];
  for (const { waitSeconds } of policy.levels)
    waits.push(...waits.map((wait) => wait + waitSeconds * seconds));
  const used = new Set(policy.levels.flatMap(({ hours }) => hours ?? []));
  for (const name of used) {
    const calendar = policy.calendars[name];
    if (calendar === undefined) continue;
    for (
      let at = nextChange(calendar, monday);
      at !== null && at < monday + weekMs;
      at = nextChange(calendar, at)
    )
      for (const wait of new Set(waits)) yield at - wait;
  }
}

function firedLevels(policy: EscalationPolicy, startAt: number): number[] {
  const until = startAt + 6 * 24 * hour;
  const { steps } = simulatePolicy(policy, { staff: everybody, startAt, until });
  return steps.flatMap(({ events }) =>
    events.flatMap(({ name, data }) => (name === "escalation.level_fired" ? [data.level] : [])),
  );
}

it("a policy without an error fires each level that is not called unreachable, and no other", () => {
  let looked = 0;
  fc.assert(
    fc.property(patient, (policy) => {
      const findings = lintPolicy(policy, directory, { now: monday });
      const unreachable = new Set(
        findings.flatMap(({ code, path }) => (code === "unreachable_level" ? [path[1]] : [])),
      );
      // A level that is shut is an error, and what it says of the other levels holds as well.
      const stuck = findings.flatMap(({ code, path }) => (code === "held_forever" ? [path[1]] : []));
      const missing = new Set(policy.levels.keys());
      for (const level of [...unreachable, ...stuck]) missing.delete(level as number);
      for (const startAt of openings(policy)) {
        for (const level of firedLevels(policy, startAt)) {
          expect([...unreachable, ...stuck], `level ${level} at ${startAt}`).not.toContain(level);
          missing.delete(level);
        }
        if (missing.size === 0) break;
      }
      expect([...missing]).toEqual([]);
      looked += 1;
    }),
    { numRuns: runs, endOnFailure: true },
  );
  expect(looked).toBe(runs);
}, 120_000);

it("with nobody there, every policy without an error ends, or says what it is held for", () => {
  fc.assert(
    fc.property(somePolicy, fc.integer({ min: 0, max: 7 * 24 * 60 }), fc.nat(36), (policy, minute, hours) => {
      const startAt = monday + minute * 60 * seconds;
      const nobody = makeStaff([], { schedules: everybody.schedules });
      const { end, steps } = simulatePolicy(policy, {
        staff: nobody,
        startAt,
        until: startAt + hours * hour,
      });
      if (end.reason === "ended") expect(end.status).toBe("expired");
      else
        expect([end.reason, end.outcome]).toEqual([
          "until",
          expect.stringMatching(/^(level \d+ waits|every level|it waits)/),
        ]);
      // The user has heard something by then, and each moment comes once.
      expect(steps[0]?.userHears.length).toBeGreaterThan(0);
      const moments = steps.map(({ at }) => at);
      expect(moments).toEqual([...new Set(moments)].sort((a, b) => a - b));
    }),
    { numRuns: runs * 2 },
  );
});

it("the schema's defaults need no more than a queue to pass", () => {
  const policy = escalationPolicySchema.parse({
    levels: [{ targets: [{ queue: "support" }], waitSeconds: 60 }],
    onExhausted: { action: "back_to_ai" },
  });
  expect(lintPolicy(policy, directory, { now: monday })).toEqual([]);
});
