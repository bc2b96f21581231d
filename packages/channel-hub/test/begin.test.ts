import { describe, expect, it } from "vitest";
import { idempotencyKey, settleAttempt } from "../src/index.js";
import {
  activeSession,
  begin,
  channel,
  effectOf,
  hubOf,
  minutes,
  mustSend,
  seconds,
  start,
  told,
} from "./support.js";

const nobody = { canReach: () => false };

describe("a new delivery", () => {
  it("waits in the lane of its first channel, and notes what stood before it", () => {
    const views = hubOf([channel("email", nobody), "slack"]).views();
    const effect = effectOf(views);
    expect(effect).toMatchObject({ kind: "delivery", lane: "slack", dueAt: start, lease: null, tries: 0 });
    expect(effect.delivery).toMatchObject({
      status: "pending",
      nextChannel: "slack",
      generation: 1,
      deadlineAt: start + 240 * minutes,
    });
    expect(effect.delivery.skips).toEqual([
      { channel: "email", reason: "has no address for the recipient", at: start },
    ]);
  });

  it("fails at once, with the reasons, when nothing can take it", () => {
    const { delivery, dueAt, lane } = effectOf(hubOf([channel("email", nobody)]).views(), {
      channel: "pager",
    });
    expect(delivery.status).toBe("failed");
    expect(delivery.reason).toContain("pager is not registered");
    expect(delivery.reason).toContain("email has no address for the recipient");
    expect([dueAt, lane]).toEqual([null, "unroutable"]);
  });
});

describe("the beginning of an attempt", () => {
  it("is a leased row, written before anything is sent", () => {
    const hub = hubOf([], {});
    hub.register(channel("email"), { timeoutMs: 10_000 });
    const sent = mustSend(effectOf(hub.views()), hub.views(), { now: start + 5, attemptId: "attempt_x" });
    const until = start + 5 + 10_000 + 15_000;
    expect(sent).toMatchObject({ channel: "email", attemptId: "attempt_x", timeoutMs: 10_000 });
    expect(sent.effect).toMatchObject({
      lane: "email",
      dueAt: until,
      lease: { holder: "node_1", until },
      tries: 1,
    });
    expect(sent.effect.delivery).toMatchObject({
      status: "sending",
      nextChannel: null,
      channelDeadlineAt: start + 5 + 30 * minutes,
    });
    expect(sent.effect.delivery.attempts).toEqual([
      {
        id: "attempt_x",
        channel: "email",
        chosenBy: "urgency:normal",
        generation: 1,
        startedAt: start + 5,
        endedAt: null,
        outcome: null,
        reason: null,
        externalId: null,
      },
    ]);
    expect(told(sent.events)).toEqual(["attempted email"]);
  });

  it("waits while its channel is busy, while it is not due, and while another is at work on it", () => {
    const views = hubOf(["email"]).views();
    const effect = effectOf(views);
    expect(begin(effect, views, { busy: ["email"] })).toEqual({ kind: "deferred" });
    expect(begin(effect, views, { now: start - 1 })).toEqual({ kind: "deferred" });
    const sent = mustSend(effect, views);
    expect(begin(sent.effect, views, { now: start + 1, holder: "node_2" })).toEqual({ kind: "deferred" });
    expect(begin(sent.effect, views, { now: start + 1 })).toEqual({ kind: "deferred" });
  });

  it("does nothing to a delivery that has ended", () => {
    const views = hubOf([]).views();
    const effect = effectOf(views);
    expect(begin(effect, views)).toEqual({ kind: "closed", effect, events: [] });
  });

  it("takes another channel when the planned one cannot take it any more", () => {
    const hub = hubOf(["email", "slack"]);
    const effect = effectOf(hub.views());
    hub.unregister("email");
    const sent = mustSend(effect, hub.views());
    expect(sent.channel).toBe("slack");
    expect(sent.effect.delivery.skips).toContainEqual({
      channel: "email",
      reason: "is not registered",
      at: start,
    });
    expect(told(sent.events)).toEqual(["rerouted slack", "attempted slack"]);
  });

  it("waits in the lane of the other channel when that one is busy", () => {
    const hub = hubOf(["email", "slack"]);
    const effect = effectOf(hub.views());
    hub.unregister("email");
    const begun = begin(effect, hub.views(), { busy: ["slack"] });
    expect(begun).toMatchObject({
      kind: "wait",
      effect: { lane: "slack", dueAt: start, delivery: { status: "pending", nextChannel: "slack" } },
    });
  });

  it("leaves a channel whose time is over", () => {
    const views = hubOf(["email", "slack"], { policy: { channelDeadlineMs: 10_000 } }).views();
    const first = mustSend(effectOf(views), views);
    const retry = settleAttempt(first.effect, {
      attemptId: first.attemptId,
      result: { outcome: "retryable", reason: "HTTP 503" },
      now: start + 1_000,
      random: 0.5,
      views,
    });
    expect(retry.effect.delivery.nextChannel).toBe("email");
    const late = mustSend(retry.effect, views, { now: start + 11_000 });
    expect(late.channel).toBe("slack");
    expect(late.effect.delivery.exhausted).toEqual(["email"]);
  });
});

describe("the check at the moment of sending", () => {
  // The seed sends a message to a session that was completed meanwhile.
  it.each(["paused", "completed", "cancelled", "expired"] as const)(
    "suppresses a message for a session that is %s",
    (status) => {
      const views = hubOf(["email"]).views();
      const begun = begin(effectOf(views), views, { session: { ...activeSession, status } });
      expect(begun).toMatchObject({
        kind: "closed",
        effect: { dueAt: null, delivery: { status: "suppressed", reason: `the session is ${status}` } },
      });
      expect(begun.kind === "closed" && told(begun.events)).toEqual(["suppressed -"]);
    },
  );

  it("sends what is valid in that status", () => {
    const views = hubOf(["email"]).views();
    const session = { ...activeSession, status: "completed" } as const;
    expect(begin(effectOf(views, { validWhile: "always" }), views, { session }).kind).toBe("send");
    expect(begin(effectOf(views, { validWhile: ["completed"] }), views, { session }).kind).toBe("send");
  });

  const human = { ...activeSession, owner: { kind: "human", worker: "w1" } } as const;
  it.each([
    ["drops", "when a human owns the session", human, {}, "a human has taken over"],
    [
      "drops",
      "when the session has changed hands since",
      { ...activeSession, ownershipEpoch: 2 },
      {},
      "the session changed hands after it was written",
    ],
    ["sends", "when it may be sent while a human is at work", human, { whileHuman: "send" }, null],
    ["sends", "when a human wrote it", human, { automated: false }, null],
  ] as const)("%s a message %s", (_verb, _when, session, changes, reason) => {
    const views = hubOf(["email"]).views();
    const begun = begin(effectOf(views, changes), views, { session });
    if (reason === null) expect(begun.kind).toBe("send");
    else
      expect(begun).toMatchObject({ kind: "closed", effect: { delivery: { status: "suppressed", reason } } });
  });

  it("expires what was never tried within its deadline, and fails what was", () => {
    const views = hubOf(["email"], { policy: { deadlineMs: 10_000 } }).views();
    const effect = effectOf(views);
    expect(begin(effect, views, { now: start + 10_000 }).kind).toBe("send");
    expect(begin(effect, views, { now: start + 10_001 })).toMatchObject({
      kind: "closed",
      effect: { delivery: { status: "expired", reason: "the deadline has passed" } },
    });
    const first = mustSend(effect, views);
    const retry = settleAttempt(first.effect, {
      attemptId: first.attemptId,
      result: { outcome: "retryable", reason: "HTTP 503" },
      now: start,
      random: 0.1,
      views,
    });
    expect(begin(retry.effect, views, { now: start + 10_001 })).toMatchObject({
      kind: "closed",
      effect: { delivery: { status: "failed", reason: "HTTP 503; the deadline has passed" } },
    });
  });
});

describe("an attempt whose process died", () => {
  const lease = 45 * seconds;

  it("is tried again at once with the same key on a channel that deduplicates", () => {
    const views = hubOf([channel("email", { capabilities: { idempotent: true } })]).views();
    const first = mustSend(effectOf(views), views);
    const second = mustSend(first.effect, views, { now: start + lease, holder: "node_2" });
    expect(second.channel).toBe("email");
    expect(second.effect.delivery.attempts.map((attempt) => attempt.outcome)).toEqual(["ambiguous", null]);
    expect(idempotencyKey(second.effect, "email")).toBe(idempotencyKey(first.effect, "email"));
    expect(told(second.events)).toEqual(["retried email", "attempted email"]);
  });

  it("is ambiguous on any other channel, waits for a callback, and ends in the dead letters", () => {
    const views = hubOf(["email", "slack"]).views();
    const first = mustSend(effectOf(views), views);
    const waiting = begin(first.effect, views, { now: start + lease });
    expect(waiting).toMatchObject({
      kind: "wait",
      effect: { lease: null, dueAt: start + lease + 5 * minutes, delivery: { status: "waiting" } },
    });
    if (waiting.kind !== "wait") return;
    expect(told(waiting.events)).toEqual(["ambiguous email"]);
    expect(begin(waiting.effect, views, { now: start + lease + 1 })).toEqual({ kind: "deferred" });
    const over = begin(waiting.effect, views, { now: start + lease + 5 * minutes });
    expect(over).toMatchObject({
      kind: "closed",
      effect: {
        dueAt: null,
        delivery: { status: "failed", reason: "email: nobody knows whether it arrived" },
      },
    });
  });

  it("falls back after the wait when the message is critical, and never to the same channel", () => {
    const views = hubOf(["sms", "slack"]).views();
    const first = mustSend(effectOf(views, { urgency: "critical" }), views);
    const waiting = begin(first.effect, views, { now: start + lease });
    if (waiting.kind !== "wait") throw new Error(waiting.kind);
    const second = mustSend(waiting.effect, views);
    expect(second.channel).toBe("slack");
    expect(second.effect.delivery.exhausted).toEqual(["sms"]);
  });
});
