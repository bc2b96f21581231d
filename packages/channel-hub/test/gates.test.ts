import type { AttemptOutcome } from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Breaker, begun, closedBreaker, ended, opensAt, withdrawn } from "../src/breaker.js";
import { createGates, type HubViews } from "../src/index.js";
import { TokenBucket } from "../src/token-bucket.js";
import { begin, effectOf, hubOf, minutes, mustSend, seconds, start } from "./support.js";

const settings = { failures: 3, openMs: 10_000, maxOpenMs: 40_000 };

function after(breaker: Breaker, outcomes: readonly AttemptOutcome[], now = start): Breaker {
  return outcomes.reduce(
    (current, outcome) => ended(current, { attempt: "a", outcome, now, settings }),
    breaker,
  );
}

describe("a breaker", () => {
  it("opens after failures in a row, of which a refusal for good is none", () => {
    const failures = ["retryable", "ambiguous", "misconfigured"] as const;
    expect(opensAt(after(closedBreaker, failures), start)).toBe(start + 10_000);
    expect(
      opensAt(after(closedBreaker, ["retryable", "ambiguous", "permanent", "retryable", "ambiguous"]), start),
    ).toBeNull();
    expect(opensAt(after(closedBreaker, ["retryable", "ambiguous", "sent", "retryable"]), start)).toBeNull();
  });

  it("lets one probe through, whose end decides", () => {
    const open = after(closedBreaker, ["retryable", "retryable", "retryable"]);
    const now = start + 10_000;
    expect(opensAt(open, now - 1)).toBe(now);
    expect(opensAt(open, now)).toBeNull();
    const probing = begun(open, { attempt: "probe", now, timeoutMs: 30_000 });
    expect(opensAt(probing, now)).toBe(now + 5_000);
    // What had begun before says nothing new.
    expect(ended(probing, { attempt: "old", outcome: "sent", now, settings })).toBe(probing);
    const end = (outcome: AttemptOutcome) => ended(probing, { attempt: "probe", outcome, now, settings });
    expect(opensAt(end("sent"), now)).toBeNull();
    expect(opensAt(end("retryable"), now)).toBe(now + 20_000);
    expect(opensAt(withdrawn(probing, "probe", now), now)).toBeNull();
    // A probe of which nobody ever hears does not keep it shut for ever.
    expect(opensAt(probing, now + 30_000)).toBeNull();
  });

  it("stays open longer each time, up to its limit", () => {
    let breaker = after(closedBreaker, ["retryable", "retryable", "retryable"]);
    const lengths: number[] = [];
    for (let now = start, n = 0; n < 4; n += 1) {
      const at = opensAt(breaker, now) ?? now;
      lengths.push(at - now);
      now = at;
      breaker = begun(breaker, { attempt: "p", now, timeoutMs: 1_000 });
      breaker = ended(breaker, { attempt: "p", outcome: "ambiguous", now, settings });
    }
    expect(lengths).toEqual([10_000, 20_000, 40_000, 40_000]);
  });
});

describe("when the clock is set back", () => {
  it("an open breaker does not stay open for so much longer", () => {
    const open = after(closedBreaker, ["retryable", "retryable", "retryable"]);
    expect(opensAt(open, start + 1)).toBe(start + 10_000);
    expect(opensAt(open, start - 60 * minutes)).toBeNull();
  });

  it("a bucket goes on filling, and those who waited by the old time keep nobody waiting", () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 1 }, start);
    bucket.take("first");
    bucket.wait("waiting", bucket.availableAt("waiting", start));
    const back = start - 60 * minutes;
    expect(bucket.availableAt("new", back)).toBe(back + 500);
    expect(bucket.availableAt("new", back + 500)).toBe(back + 500);
  });
});

describe("a token bucket", () => {
  it("never lets more through than its rate and its burst, in any window, whoever comes when", () => {
    const visit = fc.record({
      afterMs: fc.integer({ min: 0, max: 700 }),
      id: fc.integer({ min: 0, max: 12 }),
    });
    const rate = fc.record({
      perSecond: fc.constantFrom(0.5, 1, 3, 10),
      burst: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(rate, fc.array(visit, { maxLength: 120, size: "max" }), (limit, visits) => {
        const bucket = new TokenBucket(limit, start);
        const taken: number[] = [];
        let now = start;
        for (const { afterMs, id } of visits) {
          now += afterMs;
          const at = bucket.availableAt(String(id), now);
          if (at > now) bucket.wait(String(id), at);
          else {
            bucket.take(String(id));
            taken.push(now);
          }
        }
        for (const [index, from] of taken.entries()) {
          for (const [last, to] of taken.entries()) {
            if (last < index) continue;
            const allowed = limit.burst + ((to - from) * limit.perSecond) / 1_000;
            expect(last - index + 1).toBeLessThanOrEqual(allowed + 1e-6);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives each one that waits a turn of its own, which newcomers do not take", () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 1 }, start);
    bucket.take("first");
    const turns = ["a", "b", "c"].map((id) => {
      const at = bucket.availableAt(id, start);
      bucket.wait(id, at);
      return at - start;
    });
    expect(turns).toEqual([500, 1_000, 1_500]);
    expect(bucket.availableAt("new", start + 500)).toBeGreaterThan(start + 500);
    expect(bucket.availableAt("a", start + 500)).toBe(start + 500);
    bucket.take("a");
    // Whoever does not come back loses the turn.
    expect(bucket.availableAt("new", start + 60 * seconds)).toBe(start + 60 * seconds);
  });
});

const passage = (views: HubViews, deliveryId: string, now: number, destination = "u1") => {
  const view = views.channels.get("email");
  if (view === undefined) throw new Error("no channel email");
  return { view, destination, deliveryId, now };
};

describe("gates", () => {
  it("keep a rate for each channel and for each address", () => {
    const views = hubOf(["email"], {
      policy: { channels: { email: { rate: { perSecond: 10 }, destinationRate: { perSecond: 1 } } } },
    }).views();
    const gates = createGates();
    expect(gates.obstacles(passage(views, "d1", start))).toEqual([]);
    gates.enter(passage(views, "d1", start), "a1");
    const second = passage(views, "d2", start);
    expect(gates.obstacles(second)).toEqual([
      { kind: "rate", reason: "has reached its rate limit", until: start + 1_000 },
    ]);
    gates.wait(second, start + 1_000);
    expect(gates.obstacles(passage(views, "d3", start))[0]?.until).toBe(start + 2_000);
    // Another address has a bucket of its own, and nobody stands before it in the channel's.
    expect(gates.obstacles(passage(views, "d4", start, "u2"))).toEqual([]);
    const giveBack = gates.enter(passage(views, "d4", start, "u2"), "a4");
    giveBack(start);
    expect(gates.obstacles(passage(views, "d5", start, "u2"))).toEqual([]);
  });

  it("bound how many sends may hang", () => {
    const views = hubOf(["email"], { policy: { channels: { email: { concurrency: 2 } } } }).views();
    const gates = createGates();
    const ended = [gates.hangs("email"), gates.hangs("email")];
    expect(gates.obstacles(passage(views, "d1", start))[0]?.reason).toBe("has 2 sends that do not end");
    ended[0]?.();
    expect(gates.obstacles(passage(views, "d1", start))).toEqual([]);
  });
});

describe("a delivery at a gate", () => {
  const views = hubOf(["email", "slack"]).views();
  const breaker = { kind: "breaker", reason: "is broken", until: start + minutes } as const;
  const rate = { kind: "rate", reason: "is full", until: start + 10 * seconds } as const;

  it("takes another channel rather than wait for a breaker, and waits where there is no other", () => {
    const effect = effectOf(views);
    const obstacles = new Map([["email", [breaker]]]);
    expect(mustSend(effect, views, { obstacles }).channel).toBe("slack");
    const alone = hubOf(["email"]).views();
    const waiting = begin(effectOf(alone), alone, { obstacles });
    expect(waiting).toMatchObject({
      kind: "wait",
      effect: { dueAt: breaker.until, delivery: { status: "pending", reason: "email is broken" } },
    });
    const never = new Map([["email", [{ ...breaker, until: start + 241 * minutes }]]]);
    expect(begin(effectOf(alone), alone, { obstacles: never })).toMatchObject({
      kind: "closed",
      effect: { delivery: { status: "failed" } },
    });
  });

  it("waits for a token rather than take another channel, as long as its time there allows", () => {
    const effect = effectOf(views);
    expect(begin(effect, views, { obstacles: new Map([["email", [rate]]]) })).toMatchObject({
      kind: "wait",
      effect: { lane: "email", dueAt: rate.until },
    });
    const long = new Map([["email", [{ ...rate, until: start + 31 * minutes }]]]);
    expect(mustSend(effect, views, { obstacles: long }).channel).toBe("slack");
  });

  it.each(["suppressed", "capped", "killed"] as const)("is suppressed where all it has is %s", (kind) => {
    const obstacles = new Map([["email", [{ kind, reason: "must not" }]]]);
    const alone = hubOf(["email"]).views();
    expect(begin(effectOf(alone), alone, { obstacles })).toMatchObject({
      kind: "closed",
      effect: {
        delivery: {
          status: "suppressed",
          reason: expect.stringContaining("email must not"),
          skips: expect.arrayContaining([expect.objectContaining({ channel: "email", reason: "must not" })]),
        },
      },
    });
    expect(mustSend(effectOf(views), views, { obstacles }).channel).toBe("slack");
  });

  it("does not leave at all while a kill switch says so", () => {
    expect(begin(effectOf(views), views, { withheld: "stop" })).toMatchObject({
      kind: "closed",
      effect: { delivery: { status: "suppressed", reason: "stop" } },
    });
  });
});
