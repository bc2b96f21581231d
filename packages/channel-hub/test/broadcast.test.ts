import { describe, expect, it } from "vitest";
import { newDeliveryEffect, planBroadcast, settleAttempt } from "../src/index.js";
import { channel, hubOf, message, mustSend, start } from "./support.js";

function broadcast(hub: ReturnType<typeof hubOf>, channels?: readonly string[]) {
  return planBroadcast({ message: message(), views: hub.views(), now: start, ...(channels && { channels }) });
}

describe("a broadcast", () => {
  it("goes to every channel that can reach the recipient", () => {
    const hub = hubOf([
      "email",
      "sms",
      channel("fax", { canReach: () => false }),
      channel("team", { capabilities: { audience: "worker" } }),
    ]);
    const parts = broadcast(hub);
    expect(parts.map((part) => [part.channel, part.delivery.status, part.delivery.nextChannel])).toEqual([
      ["email", "pending", "email"],
      ["sms", "pending", "sms"],
    ]);
  });

  // In the seed a broadcast to an unknown channel is silently nothing.
  it("to given channels says which of them cannot take it", () => {
    const hub = hubOf(["email", channel("fax", { canReach: () => false })]);
    const parts = broadcast(hub, ["email", "pager", "fax", "email"]);
    expect(parts.map((part) => [part.channel, part.delivery.status, part.delivery.reason])).toEqual([
      ["email", "pending", null],
      ["pager", "failed", "No channel can take it: pager is not registered"],
      ["fax", "failed", "No channel can take it: fax has no address for the recipient"],
    ]);
  });

  it("says so when no channel can take it", () => {
    const parts = broadcast(hubOf([channel("fax", { canReach: () => false })]));
    expect(parts).toHaveLength(1);
    expect(parts[0]).toMatchObject({
      channel: null,
      delivery: { status: "failed", reason: "No channel can take it: fax has no address for the recipient" },
    });
  });

  it("never moves to another channel", () => {
    const views = hubOf(["email", "sms"]).views();
    const [part] = planBroadcast({ message: message(), views, now: start, channels: ["email"] });
    const { effect } = newDeliveryEffect(part!.delivery, {
      id: "d",
      sessionId: "s",
      ownershipEpoch: 0,
      now: start,
    });
    const sent = mustSend(effect, views);
    const settled = settleAttempt(sent.effect, {
      attemptId: sent.attemptId,
      result: { outcome: "permanent", reason: "no" },
      now: start,
      random: 0,
      views,
    });
    expect(settled.effect.delivery.status).toBe("failed");
  });
});
