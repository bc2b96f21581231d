import type {
  Attempt,
  DeliveryEffect,
  DeliveryReport,
  SendResult,
  SessionStatus,
} from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyReport,
  beginAttempt,
  type HubViews,
  type Obstacle,
  type Obstacles,
  type SessionView,
  settleAttempt,
} from "../src/index.js";
import { activeSession, channel, effectOf, hubOf, start } from "./support.js";

const names = ["sms", "email", "slack", "webhook"];
const urgency = fc.constantFrom("low", "normal", "high", "critical");
const bool = fc.boolean();

const policy = fc.record({
  fallback: bool,
  onAmbiguous: fc.constantFrom("dead_letter" as const, "fallback" as const),
  deadlineMs: fc.integer({ min: 1_000, max: 600_000 }),
  channelDeadlineMs: fc.integer({ min: 1_000, max: 300_000 }),
  ambiguousWaitMs: fc.integer({ min: 1, max: 300_000 }),
});
const result: fc.Arbitrary<SendResult> = fc.oneof(
  fc.record({ outcome: fc.constant("sent" as const) }),
  fc.record({
    outcome: fc.constant("sent" as const),
    externalId: fc.constantFrom("v1", "v2"),
    status: fc.constantFrom("sent" as const, "delivered" as const),
  }),
  fc.record({
    outcome: fc.constant("retryable" as const),
    reason: fc.constant("503"),
    retryAfterMs: fc.integer({ min: 0, max: 120_000 }),
  }),
  fc.record({ outcome: fc.constant("retryable" as const), reason: fc.constant("503") }),
  fc.record({
    outcome: fc.constantFrom("permanent" as const, "misconfigured" as const, "ambiguous" as const),
    reason: fc.constant("why"),
  }),
);
const report: fc.Arbitrary<DeliveryReport> = fc.record(
  {
    channel: fc.constantFrom(...names),
    externalId: fc.constantFrom("v1", "v2"),
    status: fc.constantFrom("sent", "delivered", "read", "bounced"),
  },
  { requiredKeys: ["channel", "status"] },
);
const event = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("answer" as const),
      afterMs: fc.integer({ min: 0, max: 40_000 }),
      result,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("crash" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("report" as const),
      report,
      afterMs: fc.integer({ min: 0, max: 100_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("report of" as const),
      attempt: fc.nat(3),
      status: fc.constantFrom("sent" as const, "delivered" as const, "bounced" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("late answer" as const), attempt: fc.nat(8), result }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("late look" as const),
      byMs: fc.integer({ min: 0, max: 200_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("unregister" as const), name: fc.constantFrom(...names) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("obstacle" as const),
      name: fc.constantFrom(...names),
      is: fc.constantFrom("none", "breaker", "rate", "slot", "quiet_hours", "capped", "suppressed", "killed"),
      forMs: fc.integer({ min: 1, max: 400_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("session" as const),
      status: fc.constantFrom<SessionStatus>("active", "paused"),
      human: bool,
    }),
  },
);
const setting = fc.record({
  idempotent: fc.record({ sms: bool, email: bool, slack: bool, webhook: bool }),
  policy,
  urgency,
  events: fc.array(event, { maxLength: 25, size: "max" }),
});

const progress: Record<string, number> = { sent: 1, delivered: 2, read: 3, bounced: 4 };
const open = ["pending", "sending", "waiting"];

/** One delivery through a history; every change is checked against what must always hold. */
function run({
  idempotent,
  policy: input,
  urgency: how,
  events,
}: typeof setting extends fc.Arbitrary<infer T> ? T : never): DeliveryEffect {
  const hub = hubOf(
    names.map((name) =>
      channel(name, { capabilities: { idempotent: idempotent[name as keyof typeof idempotent] } }),
    ),
    { policy: input },
  );
  let session: SessionView = activeSession;
  let now = start;
  let tries = 0;
  const known = new Map<string, Obstacle & { readonly until?: number }>();
  /** What has not passed by itself. */
  const obstacles = (): Obstacles =>
    new Map(
      [...known].filter(([, { until }]) => (until ?? now + 1) > now).map(([name, one]) => [name, [one]]),
    );
  let effect = effectOf(hub.views(), { urgency: how as "low" });
  const deadlineAt = effect.delivery.deadlineAt;

  function apply(next: DeliveryEffect, told: readonly unknown[], views: HubViews): void {
    check(effect, next, { now, views, told, idempotent });
    effect = next;
  }
  /** Looks at the delivery as the effects loop does, at the moment it asked for. */
  function look(extraMs = 0): void {
    if (effect.dueAt === null) return;
    now = Math.max(now, effect.dueAt + extraMs);
    const views = hub.views();
    tries += 1;
    const begun = beginAttempt(effect, {
      now,
      session,
      views,
      holder: "node",
      attemptId: `a${tries}`,
      busy: [],
      obstacles: obstacles(),
    });
    if (begun.kind === "deferred")
      throw new Error(`nothing happened at the moment it asked for: ${JSON.stringify(effect)}`);
    apply(begun.effect, begun.events, views);
  }
  function settle(attempt: Attempt | undefined, sent: SendResult): void {
    if (attempt === undefined) return;
    const views = hub.views();
    const step = settleAttempt(effect, { attemptId: attempt.id, result: sent, now, random: 0.7, views });
    apply(step.effect, step.events, views);
  }

  function tell(said: DeliveryReport): void {
    const views = hub.views();
    const step = applyReport(effect, said, { now, views });
    apply(step.effect, step.events, views);
  }

  for (const happened of events) {
    if (effect.delivery.status === "pending") look();
    switch (happened.kind) {
      case "answer": {
        now = Math.min(
          now + happened.afterMs,
          effect.lease === null ? Number.POSITIVE_INFINITY : effect.lease.until - 1,
        );
        settle(
          effect.delivery.attempts.find((attempt) => attempt.endedAt === null),
          happened.result,
        );
        break;
      }
      case "late answer":
        settle(effect.delivery.attempts[happened.attempt], happened.result);
        break;
      case "report":
        now += happened.afterMs;
        tell(happened.report);
        break;
      case "report of": {
        const attempt = effect.delivery.attempts[happened.attempt];
        if (attempt === undefined) break;
        const { channel: name, externalId } = attempt;
        tell({
          channel: name,
          status: happened.status,
          ...(externalId === null ? {} : { externalId }),
        });
        break;
      }
      case "crash":
        look();
        break;
      case "late look":
        look(happened.byMs);
        break;
      case "unregister":
        hub.unregister(happened.name);
        break;
      case "obstacle": {
        const { name, is, forMs } = happened;
        known.delete(name);
        if (is === "breaker" || is === "rate" || is === "slot" || is === "quiet_hours")
          known.set(name, { kind: is, reason: "why", until: now + forMs });
        else if (is !== "none") known.set(name, { kind: is, reason: "why" });
        break;
      }
      case "session":
        session = {
          status: happened.status,
          owner: happened.human ? { kind: "human", worker: "w" } : { kind: "nobody" },
          ownershipEpoch: 0,
        };
        break;
    }
  }
  // Everybody dies, and somebody else looks whenever it asks for that: it ends, and in time. An attempt that began just
  // before the deadline still has its timeout and its lease.
  const quietAt = now;
  for (let looks = 0; effect.dueAt !== null; looks += 1) {
    if (looks > 100) throw new Error(`it does not end: ${JSON.stringify(effect)}`);
    look();
  }
  expect(now).toBeLessThanOrEqual(Math.max(quietAt, deadlineAt + 30_000 + 15_000));
  return effect;
}

function check(
  before: DeliveryEffect,
  after: DeliveryEffect,
  {
    now,
    told,
    idempotent,
  }: { now: number; views: HubViews; told: readonly unknown[]; idempotent: Record<string, boolean> },
): void {
  const { delivery } = after;
  const where = JSON.stringify({ before, after });

  // At most once: nothing is tried again there unless what was tried is known to have failed.
  for (const name of names) {
    if (idempotent[name] === true) continue;
    const attempts = delivery.attempts.filter((attempt) => attempt.channel === name);
    for (const earlier of attempts.slice(0, -1))
      expect(
        ["retryable", "permanent", "misconfigured"].includes(String(earlier.outcome)) ||
          arrivedLater(before, earlier),
        where,
      ).toBe(true);
  }

  // A channel that has failed for good is left for good.
  const begun = delivery.attempts[before.delivery.attempts.length];
  for (const { channel: name, outcome } of before.delivery.attempts)
    if (outcome === "permanent" || outcome === "misconfigured") expect(begun?.channel, where).not.toBe(name);

  // Never more than one attempt under way, and always somebody who looks after it.
  const running = delivery.attempts.filter((attempt) => attempt.endedAt === null);
  expect(running.length, where).toBeLessThanOrEqual(1);
  expect(after.lease !== null, where).toBe(running.length === 1);
  if (open.includes(delivery.status) || running.length > 0) expect(after.dueAt, where).not.toBeNull();
  else expect(after.dueAt, where).toBeNull();

  // No attempt begins after the deadline, nor where one has begun before is anything taken back.
  for (const attempt of delivery.attempts)
    expect(attempt.startedAt, where).toBeLessThanOrEqual(delivery.deadlineAt);
  expect(delivery.attempts.length, where).toBeGreaterThanOrEqual(before.delivery.attempts.length);
  if (delivery.status === "pending")
    expect(after.dueAt ?? 0, where).toBeLessThanOrEqual(Math.max(delivery.deadlineAt, now));

  // Forward only: what was sent goes on to delivered and read, or bounces; only a bounce opens it again.
  const was = progress[before.delivery.status] ?? 0;
  const is = progress[delivery.status] ?? 0;
  const bounced = told.some((event) => (event as { type: string }).type === "delivery.bounced");
  if (!bounced) expect(is, where).toBeGreaterThanOrEqual(was);
  if (before.delivery.status === "bounced" || before.delivery.status === "read")
    expect(delivery.status, where).toBe(before.delivery.status);

  // What changed is told, and what is told has changed.
  if (before.delivery.status !== delivery.status) expect(told.length, where).toBeGreaterThan(0);
  if (after === before) expect(told, where).toEqual([]);
}

/** A retry had been begun when a report said that the try before it had arrived after all. */
function arrivedLater(before: DeliveryEffect, attempt: Attempt): boolean {
  const was = before.delivery.attempts.find(({ id }) => id === attempt.id)?.outcome;
  return attempt.outcome === "sent" && (was === "retryable" || was === "sent");
}

describe("whatever answers, crashes and reports there are", () => {
  const runs = process.env.SOAK === undefined ? 3_000 : 100_000;

  it("a delivery is sent at most once where that matters, only moves forward, and ends within its deadline", () => {
    fc.assert(
      fc.property(setting, (history) => {
        const effect = run(history);
        expect(open).not.toContain(effect.delivery.status);
      }),
      { numRuns: runs },
    );
  }, 1_200_000);
});
