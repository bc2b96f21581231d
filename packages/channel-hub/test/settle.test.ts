import type { SendResult } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { type HubViews, replay, settleAttempt, supersede } from "../src/index.js";
import { begin, channel, effectOf, hubOf, minutes, mustSend, seconds, start, told } from "./support.js";

const idempotent = { capabilities: { idempotent: true } };

function settle(
  views: HubViews,
  sent: ReturnType<typeof mustSend>,
  result: SendResult,
  more: { now?: number; random?: number } = {},
) {
  return settleAttempt(sent.effect, {
    attemptId: sent.attemptId,
    result,
    now: start + 100,
    random: 0.5,
    views,
    ...more,
  });
}

describe("an attempt that ended", () => {
  it("sent: nothing is left to do", () => {
    const views = hubOf(["email"]).views();
    const { effect, events } = settle(views, mustSend(effectOf(views), views), {
      outcome: "sent",
      externalId: "v1",
    });
    expect(effect).toMatchObject({
      dueAt: null,
      lease: null,
      delivery: { status: "sent", reason: null, nextChannel: null },
    });
    expect(effect.delivery.attempts[0]).toMatchObject({
      outcome: "sent",
      endedAt: start + 100,
      externalId: "v1",
    });
    expect(told(events)).toEqual(["sent email"]);
  });

  it("sent and delivered in one", () => {
    const views = hubOf(["dashboard"]).views();
    const { effect, events } = settle(views, mustSend(effectOf(views), views), {
      outcome: "sent",
      status: "delivered",
    });
    expect(effect.delivery.status).toBe("delivered");
    expect(told(events)).toEqual(["delivered dashboard"]);
  });

  // In the seed a failed send has no retry and no fallback, and the firing is used up.
  it("retryable: again on the same channel, after a random share of an exponential delay", () => {
    const views = hubOf(["email"]).views();
    let sent = mustSend(effectOf(views), views, { now: start });
    for (const delay of [500, 1_000, 2_000]) {
      const { effect, events } = settle(
        views,
        sent,
        { outcome: "retryable", reason: "HTTP 503" },
        { now: sent.effect.updatedAt },
      );
      expect(effect.dueAt).toBe(sent.effect.updatedAt + delay);
      expect(effect.delivery).toMatchObject({ status: "pending", nextChannel: "email", reason: "HTTP 503" });
      expect(told(events)).toEqual(["retried email"]);
      sent = mustSend(effect, views);
    }
    const { effect } = settle(views, sent, { outcome: "retryable", reason: "HTTP 503" });
    expect(effect.delivery.status).toBe("failed");
    expect(effect.delivery.reason).toBe(
      "email: HTTP 503 (tried 4 times). No other channel can take it: slack is not registered; dashboard is not registered",
    );
  });

  it.each([
    ["never before it", 5_000, 0, 5_000],
    ["nor before the jitter", 10, 0.9, 900],
  ])("honours Retry-After: %s", (_name, retryAfterMs, random, delay) => {
    const views = hubOf(["email"]).views();
    const { effect } = settle(
      views,
      mustSend(effectOf(views), views),
      { outcome: "retryable", reason: "429", retryAfterMs },
      { random },
    );
    expect(effect.dueAt).toBe(start + 100 + delay);
  });

  it("takes the next channel at once when a retry would come after the channel's deadline", () => {
    const views = hubOf(["email", "slack"]).views();
    const { effect, events } = settle(views, mustSend(effectOf(views), views), {
      outcome: "retryable",
      reason: "429",
      retryAfterMs: 31 * minutes,
    });
    expect(effect).toMatchObject({ lane: "slack", dueAt: start + 100 });
    expect(told(events)).toEqual(["rerouted slack"]);
  });

  it.each(["permanent", "misconfigured"] as const)(
    "%s: on to the next channel at once, then to the dead letters",
    (outcome) => {
      const views = hubOf(["email", "slack"], { policy: { fallbackChannels: [] } }).views();
      const first = settle(views, mustSend(effectOf(views), views), { outcome, reason: "no such address" });
      expect(first.effect.delivery).toMatchObject({
        status: "pending",
        nextChannel: "slack",
        exhausted: ["email"],
        channelDeadlineAt: null,
      });
      expect(first.effect.dueAt).toBe(start + 100);
      const second = settle(views, mustSend(first.effect, views), { outcome, reason: "no such user" });
      expect(second.effect).toMatchObject({ dueAt: null, delivery: { status: "failed" } });
      expect(told(second.events)).toEqual(["failed slack"]);
    },
  );

  it("ends in the dead letters when fallback is off", () => {
    const views = hubOf(["email", "slack"], { policy: { fallback: false } }).views();
    const { effect } = settle(views, mustSend(effectOf(views), views), {
      outcome: "permanent",
      reason: "no such address",
    });
    expect(effect.delivery.status).toBe("failed");
  });

  it("ambiguous: never again on a channel that does not deduplicate", () => {
    const views = hubOf(["sms", "email"]).views();
    const { effect, events } = settle(views, mustSend(effectOf(views, { channel: "sms" }), views), {
      outcome: "ambiguous",
      reason: "timed out",
      externalId: "v1",
    });
    expect(effect).toMatchObject({
      dueAt: start + 100 + 5 * minutes,
      lease: null,
      delivery: { status: "waiting", exhausted: ["sms"] },
    });
    expect(effect.delivery.attempts[0]).toMatchObject({ outcome: "ambiguous", externalId: "v1" });
    expect(told(events)).toEqual(["ambiguous sms"]);
  });

  it("ambiguous: again with the same key on one that does, then on to the next", () => {
    const views = hubOf([channel("email", idempotent), "slack"], {
      policy: { channels: { email: { maxAttempts: 2 } } },
    }).views();
    const first = settle(views, mustSend(effectOf(views), views), {
      outcome: "ambiguous",
      reason: "timed out",
    });
    expect(first.effect.delivery).toMatchObject({ status: "pending", nextChannel: "email" });
    const second = settle(views, mustSend(first.effect, views), {
      outcome: "ambiguous",
      reason: "timed out",
    });
    expect(second.effect.delivery).toMatchObject({ status: "pending", nextChannel: "slack" });
  });

  it("keeps addresses and secrets out of the reasons", () => {
    const views = hubOf(["email"]).views();
    const { effect } = settle(views, mustSend(effectOf(views), views), {
      outcome: "permanent",
      reason: "ada@example.com refused, token=abc123",
    });
    expect(effect.delivery.attempts[0]?.reason).toBe("[email] refused, token=[secret]");
  });
});

describe("an answer that comes late", () => {
  const views = hubOf(["sms", "slack"], { policy: { onAmbiguous: "fallback" } }).views();
  const sms = mustSend(effectOf(views, { channel: "sms", urgency: "high" }), views);
  const waiting = settle(views, sms, { outcome: "ambiguous", reason: "timed out" });

  it("turns ambiguous into sent, and calls off what was planned", () => {
    const { effect, events } = settleAttempt(waiting.effect, {
      attemptId: sms.attemptId,
      result: { outcome: "sent", externalId: "v9" },
      now: start + 200,
      random: 0,
      views,
    });
    expect(effect).toMatchObject({
      dueAt: null,
      delivery: { status: "sent", attempts: [{ outcome: "sent", externalId: "v9" }] },
    });
    expect(told(events)).toEqual(["sent sms"]);
  });

  it("does so when the delivery has ended in the dead letters", () => {
    const dead = hubOf(["sms"]).views();
    const over = begin(waiting.effect, dead, { now: start + 10 * minutes });
    if (over.kind !== "closed") throw new Error(over.kind);
    expect(over.effect.delivery.status).toBe("failed");
    const { effect } = settleAttempt(over.effect, {
      attemptId: sms.attemptId,
      result: { outcome: "sent" },
      now: start + 11 * minutes,
      random: 0,
      views: dead,
    });
    expect(effect.delivery.status).toBe("sent");
  });

  it("leaves a fallback that is under way its lease, and counts it when it ends", () => {
    const fallback = mustSend(waiting.effect, views);
    expect(fallback.channel).toBe("slack");
    const { effect } = settleAttempt(fallback.effect, {
      attemptId: sms.attemptId,
      result: { outcome: "sent" },
      now: start + 3 * minutes,
      random: 0,
      views,
    });
    expect(effect).toMatchObject({
      dueAt: fallback.effect.dueAt,
      lease: { holder: "node_1" },
      delivery: { status: "sent" },
    });
    const ended = settleAttempt(effect, {
      attemptId: fallback.attemptId,
      result: { outcome: "retryable", reason: "503" },
      now: start + 3 * minutes,
      random: 0,
      views,
    });
    expect(ended.effect).toMatchObject({ dueAt: null, lease: null, delivery: { status: "sent" } });
    expect(ended.events).toEqual([]);
    const died = begin(effect, views);
    expect(died).toMatchObject({
      kind: "closed",
      effect: {
        dueAt: null,
        lease: null,
        delivery: { status: "sent", attempts: [{ outcome: "sent" }, { outcome: "ambiguous" }] },
      },
    });
  });

  it.each<SendResult>([
    { outcome: "retryable", reason: "503" },
    { outcome: "permanent", reason: "no" },
    { outcome: "ambiguous", reason: "?" },
  ])("changes nothing when it says $outcome", (result) => {
    expect(
      settleAttempt(waiting.effect, { attemptId: sms.attemptId, result, now: start + 200, random: 0, views })
        .effect,
    ).toBe(waiting.effect);
  });

  it("changes nothing about an attempt that failed, that was sent, or that nobody knows", () => {
    const failed = settle(views, sms, { outcome: "permanent", reason: "no" });
    const sent = settle(views, sms, { outcome: "sent", externalId: "v1" });
    const again = (effect: typeof failed.effect, attemptId: string) =>
      settleAttempt(effect, {
        attemptId,
        result: { outcome: "sent", externalId: "v2" },
        now: start + 200,
        random: 0,
        views,
      }).effect;
    expect(again(failed.effect, sms.attemptId)).toBe(failed.effect);
    expect(again(sent.effect, sms.attemptId)).toBe(sent.effect);
    expect(again(sent.effect, "unknown")).toBe(sent.effect);
  });
});

describe("replay", () => {
  it("frees a dead letter: a new key, a new deadline, all channels", () => {
    const views = hubOf(["email"]).views();
    const failed = settle(views, mustSend(effectOf(views), views), { outcome: "permanent", reason: "no" });
    const now = start + 300 * minutes;
    const { effect, events } = replay(failed.effect, { now, views });
    expect(effect).toMatchObject({
      lane: "email",
      dueAt: now,
      delivery: { status: "pending", generation: 2, exhausted: [], deadlineAt: now + 240 * minutes },
    });
    expect(told(events)).toEqual(["replayed email"]);
    const again = mustSend(effect, views);
    expect(again.effect.delivery.attempts).toHaveLength(2);
    // The tries before do not count against it.
    expect(
      settle(views, again, { outcome: "retryable", reason: "503" }, { now }).effect.delivery.status,
    ).toBe("pending");
  });

  it("fails again at once when nothing can take it", () => {
    const views = hubOf([]).views();
    const { effect, events } = replay(effectOf(views), { now: start + seconds, views });
    expect(effect).toMatchObject({ dueAt: null, delivery: { status: "failed", generation: 2 } });
    expect(told(events)).toEqual(["replayed -", "failed -"]);
  });

  it("refuses what has not failed", () => {
    const views = hubOf(["email"]).views();
    expect(() => replay(effectOf(views), { now: start, views })).toThrow(
      expect.objectContaining({ code: "invalid_delivery_state" }),
    );
  });
});

describe("supersede", () => {
  it("withdraws what waits for its turn, and leaves alone what has begun", () => {
    const views = hubOf(["email"]).views();
    const effect = effectOf(views);
    const { effect: withdrawn, events } = supersede(effect, "a later one says more", start + 1);
    expect(withdrawn).toMatchObject({
      dueAt: null,
      delivery: { status: "superseded", reason: "a later one says more" },
    });
    expect(told(events)).toEqual(["superseded -"]);
    const sent = mustSend(effect, views);
    expect(supersede(sent.effect, "too late", start + 1)).toEqual({ effect: sent.effect, events: [] });
  });
});
