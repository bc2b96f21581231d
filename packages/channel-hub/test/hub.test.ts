import { type Channel, OrchestratorError } from "@hybrid-orchestrator/core";
import { sendingChannel } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { createChannelHub } from "../src/index.js";
import { activeSession, channel, hubOf, message, recipient, start } from "./support.js";

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (OrchestratorError.isInstance(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no error";
}

describe("registration", () => {
  it("registers, finds, lists and unregisters", () => {
    const hub = createChannelHub({ policy: { channels: { sms: { priority: 10 } } } });
    const email = channel("email");
    hub.register(email);
    hub.register(channel("sms"));
    hub.register(channel("pager"), { enabled: false, priority: 1 });
    expect(hub.list().map(({ name, enabled, priority }) => [name, enabled, priority])).toEqual([
      ["pager", false, 1],
      ["sms", true, 10],
      ["email", true, 100],
    ]);
    expect(hub.get("email")).toBe(email);
    expect(hub.unregister("email")).toBe(true);
    expect(hub.unregister("email")).toBe(false);
    expect(hub.get("email")).toBeUndefined();
  });

  // The seed keeps one channel per type, so that a second webhook replaces the first.
  it("keeps two channels of one kind under two names, and refuses a second of one name", () => {
    const hub = hubOf(["webhook", "webhook-billing"]);
    expect(hub.list()).toHaveLength(2);
    expect(codeOf(() => hub.register(channel("webhook")))).toMatch(
      /^duplicate_name: A channel named webhook is registered/,
    );
    expect(hub.list()).toHaveLength(2);
  });

  it("prefers what is given at registration to the policy, and that to the defaults", () => {
    const hub = createChannelHub({ policy: { channels: { sms: { timeoutMs: 1_000, maxAttempts: 2 } } } });
    hub.register(channel("sms"), { timeoutMs: 500 });
    expect(hub.views().channels.get("sms")).toMatchObject({
      timeoutMs: 500,
      maxAttempts: 2,
      concurrency: 8,
      priority: 100,
    });
  });

  it.each<[string, Partial<Record<keyof Channel, unknown>>, RegExp]>([
    [
      "no capabilities",
      { capabilities: undefined },
      /^plugin_incompatible: The capabilities of channel x are not|^plugin_incompatible/,
    ],
    [
      "an unknown audience",
      { capabilities: { ...sendingChannel().capabilities, audience: "everybody" } },
      /audience/,
    ],
    ["a capability nobody knows", { capabilities: { ...sendingChannel().capabilities, fast: true } }, /fast/],
    ["no send", { send: undefined }, /^plugin_incompatible: Channel x has no send method/],
    [
      "an empty name",
      { name: "" },
      /^plugin_incompatible: A channel's name must be a text of 1 to 100 characters/,
    ],
    ["no name", { name: undefined }, /^plugin_incompatible/],
    [
      "the name of another lane",
      { name: "agent:mock" },
      /^plugin_incompatible: A channel cannot be named agent:mock/,
    ],
  ])("refuses a channel with %s", (_name, changes, expected) => {
    const bad = { ...channel("x"), ...changes } as Channel;
    expect(codeOf(() => createChannelHub().register(bad))).toMatch(expected);
  });

  it("does not let a channel change its capabilities afterwards", () => {
    const capabilities = { ...sendingChannel().capabilities };
    const hub = hubOf([{ ...channel("sms"), capabilities }]);
    Object.assign(capabilities, { idempotent: true });
    expect(hub.views().channels.get("sms")?.capabilities.idempotent).toBe(false);
  });
});

// The seed reads its configuration file, retries and urgency routing nowhere.
describe("the policy", () => {
  it("reports each mistake with its path", () => {
    const policy = {
      urgencyRoutes: { urgent: ["sms"] },
      channels: { sms: { maxAttempts: 0, retries: 3 } },
      onAmbiguous: "retry",
    } as never;
    const error = codeOf(() => createChannelHub({ policy }));
    expect(error).toMatch(/^invalid_configuration: The delivery policy is not valid/);
    expect(error).toContain("urgencyRoutes");
    expect(error).toContain("channels.sms.maxAttempts");
    expect(error).toContain("retries");
    expect(error).toContain("onAmbiguous");
  });

  it("takes one value for all urgencies, or some of them", () => {
    const { policy } = createChannelHub({
      policy: { deadlineMs: 5_000, onAmbiguous: { high: "fallback" } },
    }).views();
    expect(policy.deadlineMs).toEqual({ low: 5_000, normal: 5_000, high: 5_000, critical: 5_000 });
    expect(policy.onAmbiguous).toEqual({
      low: "dead_letter",
      normal: "dead_letter",
      high: "fallback",
      critical: "fallback",
    });
  });
});

describe("preview", () => {
  it("tells the channels, the skips and whether the message would leave at all", () => {
    const hub = hubOf(["email", channel("sms", { canReach: () => false })]);
    const preview = hub.preview(message({ urgency: "high" }), recipient(), {
      now: start,
      session: { ...activeSession, status: "completed" },
    });
    expect(preview.steps).toEqual([{ channel: "email", chosenBy: "urgency:high" }]);
    expect(preview.skips).toContainEqual({ channel: "sms", reason: "has no address for the recipient" });
    expect(preview.withheld).toBe("the session is completed");
    expect(
      hub.preview(message(), recipient(), {
        now: start,
        session: activeSession,
      }).withheld,
    ).toBeNull();
  });
});
