import type { DeliveryReport, SendResult } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { applyReport, type Begin, settleAttempt } from "../src/index.js";
import { begin, channel, effectOf, hubOf, mustSend, start, told } from "./support.js";

const views = hubOf(["sms", "email"], {
  policy: { onAmbiguous: "fallback", fallbackChannels: ["email"] },
}).views();
const now = start + 1_000;
const sms = mustSend(effectOf(views, { channel: "sms" }), views);
const settle = (result: Parameters<typeof settleAttempt>[1]["result"], sent = sms) =>
  settleAttempt(sent.effect, { attemptId: sent.attemptId, result, now, random: 0.5, views }).effect;
const sent = settle({ outcome: "sent", externalId: "v1" });
const waiting = settle({ outcome: "ambiguous", reason: "timed out" });

function report(status: DeliveryReport["status"], changes: Partial<DeliveryReport> = {}): DeliveryReport {
  return { channel: "sms", externalId: "v1", status, ...changes };
}
function closedBy(begun: Begin) {
  if (begun.kind !== "closed") throw new Error(begun.kind);
  return begun.effect;
}
function after(effect: typeof sent, ...reports: DeliveryReport[]) {
  return reports.reduce((current, next) => applyReport(current, next, { now, views }).effect, effect);
}

describe("reports", () => {
  it.each([
    [["delivered", "read"], "read"],
    [["read", "delivered"], "read"],
    [["delivered", "sent"], "delivered"],
    [["delivered", "delivered"], "delivered"],
    [["read", "bounced"], "read"],
  ] as const)("%j end as %s: forward only, in any order", (statuses, expected) => {
    expect(after(sent, ...statuses.map((status) => report(status))).delivery.status).toBe(expected);
  });

  it("tell each step once", () => {
    const first = applyReport(sent, report("delivered"), { now, views });
    expect(told(first.events)).toEqual(["delivered sms"]);
    const again = applyReport(first.effect, report("delivered"), { now, views });
    expect(again).toEqual({ effect: first.effect, events: [] });
    expect(again.effect).toBe(first.effect);
  });

  it("settle a delivery that was waiting for one", () => {
    const { effect, events } = applyReport(waiting, report("delivered", { deliveryId: "delivery_1" }), {
      now,
      views,
    });
    expect(effect).toMatchObject({
      dueAt: null,
      delivery: { status: "delivered", attempts: [{ outcome: "sent", externalId: "v1" }] },
    });
    expect(told(events)).toEqual(["delivered sms"]);
  });

  it("may overtake the answer to the send itself", () => {
    const early = after(sms.effect, report("delivered", { deliveryId: "delivery_1" }));
    expect(early).toMatchObject({ dueAt: null, lease: null, delivery: { status: "delivered" } });
    const settled = settleAttempt(early, {
      attemptId: sms.attemptId,
      result: { outcome: "sent", externalId: "v1" },
      now,
      random: 0,
      views,
    });
    expect(settled.effect.delivery.status).toBe("delivered");
    expect(settled.events).toEqual([]);
  });

  it("call off a retry when the message had arrived after all", () => {
    const retry = settle({ outcome: "retryable", reason: "HTTP 500" });
    expect(after(retry, report("delivered"))).toMatchObject({
      dueAt: null,
      delivery: { status: "delivered", nextChannel: null },
    });
  });

  it("change nothing when they fit no attempt", () => {
    expect(after(sent, report("delivered", { channel: "fax" }))).toBe(sent);
    expect(after(sent, report("delivered", { externalId: "v2" }))).toBe(sent);
  });
});

describe("a bounce", () => {
  it("starts the fallback", () => {
    const { effect, events } = applyReport(
      sent,
      report("bounced", { reason: "no such number +14155550123" }),
      { now, views },
    );
    expect(effect).toMatchObject({
      lane: "email",
      dueAt: now,
      delivery: { status: "pending", nextChannel: "email", exhausted: ["sms"] },
    });
    expect(effect.delivery.attempts[0]).toMatchObject({
      outcome: "permanent",
      reason: "bounced: no such number [number]",
    });
    expect(told(events)).toEqual(["bounced sms", "rerouted email"]);
    expect(after(effect, report("delivered"))).toBe(effect);
  });

  it("is the end where there is no fallback, and a late delivered does not undo it", () => {
    const alone = hubOf(["sms"], { policy: { fallback: false } }).views();
    const { effect, events } = applyReport(sent, report("bounced"), { now, views: alone });
    expect(effect).toMatchObject({ dueAt: null, delivery: { status: "bounced" } });
    expect(told(events)).toEqual(["bounced sms"]);
    expect(applyReport(effect, report("delivered"), { now, views: alone }).effect).toBe(effect);
  });

  it("is the end after the deadline", () => {
    const late = applyReport(sent, report("bounced"), { now: sent.delivery.deadlineAt + 1, views });
    expect(late.effect.delivery.status).toBe("bounced");
  });

  it("settles a delivery that was waiting to hear", () => {
    expect(after(waiting, report("bounced")).delivery).toMatchObject({
      status: "pending",
      nextChannel: "email",
    });
  });

  it("of an earlier channel does not disturb the fallback that is under way", () => {
    const fallback = mustSend(waiting, views);
    expect(fallback.channel).toBe("email");
    const { effect, events } = applyReport(fallback.effect, report("bounced"), { now, views });
    expect(events).toEqual([]);
    expect(effect).toMatchObject({
      lease: fallback.effect.lease,
      delivery: { status: "sending", attempts: [{ outcome: "permanent" }, { outcome: null }] },
    });
  });

  it("of what an earlier channel was thought to have done leaves the decision to the one under way", () => {
    const fallback = mustSend(waiting, views);
    const thoughtSent = after(fallback.effect, report("sent"));
    expect(thoughtSent.delivery.status).toBe("sent");
    const bounced = after(thoughtSent, report("bounced"));
    expect(bounced).toMatchObject({ lease: fallback.effect.lease, delivery: { status: "sending" } });
    expect(settle({ outcome: "sent" }, { ...fallback, effect: bounced }).delivery.status).toBe("sent");
  });

  it("of a second channel does not matter when the first one's message did arrive", () => {
    const fallback = mustSend(waiting, views);
    const both = after(settle({ outcome: "sent", externalId: "e1" }, fallback), report("delivered"));
    expect(after(both, report("bounced", { channel: "email", externalId: "e1" })).delivery.status).toBe(
      "delivered",
    );
  });

  // Found by the property test: the lease of an attempt that had ended stayed behind.
  it("of an attempt that is under way, when another has arrived, ends that attempt alone", () => {
    const fallback = mustSend(waiting, views);
    const thoughtSent = after(fallback.effect, report("sent"));
    const bounced = after(thoughtSent, report("bounced", { channel: "email", externalId: "e1" }));
    expect(bounced).toMatchObject({ dueAt: null, lease: null, delivery: { status: "sent" } });
    expect(bounced.delivery.attempts.map(({ outcome }) => outcome)).toEqual(["sent", "permanent"]);
  });

  // Found by the property test: email was tried again, where nobody knew whether the message had arrived.
  it.each([
    ["answers that nobody knows", { outcome: "ambiguous", reason: "timed out" }],
    ["fails for good", { outcome: "permanent", reason: "no such mailbox" }],
    ["never comes back", null],
  ] as const)("does not lead back to a channel whose attempt %s meanwhile", (_, result) => {
    const fallback = mustSend(waiting, views);
    const thoughtSent = after(fallback.effect, report("sent"));
    const ended =
      result === null
        ? closedBy(begin(thoughtSent, views, { now: fallback.effect.lease?.until ?? 0 }))
        : settle(result, { ...fallback, effect: thoughtSent });
    expect(ended).toMatchObject({ dueAt: null, lease: null, delivery: { status: "sent" } });
    expect(after(ended, report("bounced"))).toMatchObject({ dueAt: null, delivery: { status: "bounced" } });
  });

  it("leaves no way back to its channel, even where a repeated try is under way", () => {
    const repeats = hubOf([channel("sms", { capabilities: { idempotent: true } }), "email"]).views();
    const first = mustSend(effectOf(repeats, { channel: "sms" }), repeats);
    const answer = (sent: typeof first, effect: typeof sent.effect, result: SendResult) =>
      settleAttempt(effect, { attemptId: sent.attemptId, result, now, random: 0, views: repeats }).effect;
    const unknown = answer(first, first.effect, { outcome: "ambiguous", reason: "cut", externalId: "v1" });
    const second = mustSend(unknown, repeats);
    const bounced = after(second.effect, report("sent"), report("bounced"));
    expect(bounced).toMatchObject({ lease: second.effect.lease, delivery: { status: "sending" } });
    const failed = answer(second, bounced, { outcome: "retryable", reason: "HTTP 503" });
    expect(failed.delivery).toMatchObject({ status: "pending", nextChannel: "email", exhausted: ["sms"] });
  });
});
