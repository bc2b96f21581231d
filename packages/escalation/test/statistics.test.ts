import type { Escalation } from "@hybrid-orchestrator/core";
import { sampleEscalation } from "@hybrid-orchestrator/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escalationStatistics } from "../src/index.js";

const minute = 60_000;

function escalation(changes: Partial<Escalation> = {}): Escalation {
  return sampleEscalation({ openedAt: 0, queue: null, ...changes });
}

describe("the statistics of escalations", () => {
  it("count by status, kind and outcome, and tell what people thought of having been asked", () => {
    const handBack = {
      mode: "continue" as const,
      text: "",
      facts: [],
      decisions: [],
      promises: [],
      avoid: [],
    };
    const statistics = escalationStatistics([
      escalation({ status: "resolved", handBack, disposition: "needed", releases: 2, transfers: 1 }),
      escalation({ status: "resolved", disposition: "not_needed" }),
      escalation({ status: "resolved", disposition: "not_needed", kind: "question", answer: "Yes." }),
      escalation({ status: "resolved", disposition: "too_late" }),
      escalation({ status: "expired", progress: { ...escalation().progress, exhausted: true } }),
      escalation({ status: "expired" }),
      escalation({ status: "cancelled" }),
      escalation({ status: "queued" }),
    ]);
    expect(statistics).toMatchObject({
      count: 8,
      byStatus: { resolved: 4, expired: 2, cancelled: 1, queued: 1 },
      byKind: { takeover: 7, question: 1 },
      byOutcome: {
        handed_back: 1,
        resolved: 2,
        answered: 1,
        nobody_came: 1,
        expired: 1,
        cancelled: 1,
        open: 1,
      },
      handBacks: 1,
      releases: 2,
      transfers: 1,
      judged: 4,
      dispositions: { needed: 1, not_needed: 2, too_late: 1 },
      shares: { needed: 0.25, not_needed: 0.5, too_late: 0.25 },
    });
  });

  it("have no share and no time where there is nothing to divide", () => {
    const { shares, timeToAccept, slas } = escalationStatistics([escalation()]);
    expect(shares).toEqual({ needed: null, not_needed: null, too_late: null });
    expect(timeToAccept).toEqual({
      count: 0,
      meanMs: null,
      p50Ms: null,
      p90Ms: null,
      p99Ms: null,
      maxMs: null,
    });
    expect(slas.accept.breachRate).toBeNull();
  });

  it("tell the three times, of whatever has them", () => {
    const { timeToAccept, timeToFirstResponse, timeToResolve } = escalationStatistics([
      escalation({ status: "resolved", claimedAt: minute, respondedAt: 2 * minute, endedAt: 10 * minute }),
      escalation({ status: "in_progress", claimedAt: 3 * minute, respondedAt: 4 * minute }),
      escalation({ status: "cancelled", endedAt: 100 * minute }),
    ]);
    expect([timeToAccept.count, timeToAccept.meanMs, timeToAccept.maxMs]).toEqual([
      2,
      2 * minute,
      3 * minute,
    ]);
    expect([timeToFirstResponse.count, timeToFirstResponse.p50Ms]).toEqual([2, 2 * minute]);
    expect([timeToResolve.count, timeToResolve.p99Ms]).toEqual([1, 10 * minute]);
  });

  it("tell each promise's breaches among those that were decided", () => {
    const sla = (metAt: number | null, breachedAt: number | null) =>
      escalation({ slas: [{ target: "accept", dueAt: minute, remainingMs: null, metAt, breachedAt }] });
    const { slas } = escalationStatistics([
      sla(1, null),
      sla(2, null),
      // Too late is a breach, however it ended.
      sla(2 * minute, minute),
      sla(null, null),
      escalation(),
    ]);
    expect(slas.accept).toEqual({ count: 4, met: 2, breached: 1, undecided: 1, breachRate: 1 / 3 });
    expect(slas.resolve.count).toBe(0);
  });

  it("stand for each queue, and for whoever held it last", () => {
    const { byQueue, byWorker } = escalationStatistics([
      escalation({ queue: "tax", lastHolder: "ann" }),
      escalation({
        queue: "tax",
        lastHolder: "bob",
        holder: { worker: "bob", since: 0, acknowledgeBy: null },
      }),
      escalation({ queue: "__proto__", lastHolder: "ann", status: "cancelled" }),
      escalation(),
    ]);
    expect(Object.entries(byQueue).map(([name, { count }]) => [name, count])).toEqual([
      ["tax", 2],
      ["__proto__", 1],
    ]);
    expect(Object.entries(byWorker).map(([name, { count }]) => [name, count])).toEqual([
      ["ann", 2],
      ["bob", 1],
    ]);
  });

  it("group no more than 1,000 queues, and say how many are not grouped", () => {
    const many = Array.from({ length: 1_003 }, (_, index) => escalation({ queue: `q${index}` }));
    const { byQueue, ungrouped, count } = escalationStatistics(many);
    expect([Object.keys(byQueue).length, ungrouped, count]).toEqual([1_000, 3, 1_003]);
  });

  it("have percentiles that occurred, with at least that share at or below them", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000), { minLength: 1, maxLength: 200 }), (times) => {
        const { timeToAccept } = escalationStatistics(times.map((claimedAt) => escalation({ claimedAt })));
        const { p50Ms, p90Ms, p99Ms, meanMs, count } = timeToAccept;
        expect(count).toBe(times.length);
        expect(meanMs).toBeCloseTo(times.reduce((sum, time) => sum + time, 0) / times.length);
        for (const [value, share] of [
          [p50Ms, 0.5],
          [p90Ms, 0.9],
          [p99Ms, 0.99],
        ] as const) {
          if (value === null) throw new Error("There is no percentile.");
          expect(times).toContain(value);
          expect(times.filter((time) => time <= value).length).toBeGreaterThanOrEqual(share * times.length);
          expect(times.filter((time) => time < value).length).toBeLessThan(share * times.length);
        }
      }),
    );
  });
});
