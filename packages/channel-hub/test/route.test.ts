import { describe, expect, it } from "vitest";
import { planRoute, type RouteInput } from "../src/index.js";
import { channel, hubOf, message, recipient, start } from "./support.js";

const all = ["voice", "sms", "slack", "email", "dashboard", "webhook"];

function plan(
  channels: Parameters<typeof hubOf>[0],
  changes: Parameters<typeof message>[0] = {},
  options: Parameters<typeof hubOf>[1] = {},
  rest: Partial<RouteInput> = {},
) {
  return planRoute({
    message: message(changes),
    views: hubOf(channels, options).views(),
    now: start,
    ...rest,
  });
}

function steps(...input: Parameters<typeof plan>): string[] {
  return plan(...input).steps.map(({ channel: name, chosenBy }) => `${name} (${chosenBy})`);
}

describe("the order of channels", () => {
  it.each([
    ["critical", ["voice", "sms", "slack"]],
    ["high", ["sms", "slack", "email"]],
    ["normal", ["email", "slack", "dashboard"]],
    ["low", ["dashboard", "webhook"]],
  ] as const)("begins with the route for urgency %s, as the seed has it", (urgency, expected) => {
    expect(
      plan(all, { urgency })
        .steps.slice(0, expected.length)
        .map((step) => step.channel),
    ).toEqual(expected);
  });

  it.each<[string, Parameters<typeof message>[0], string]>([
    [
      "the message's own channel",
      { channel: "webhook", recipient: recipient({ preferredChannel: "sms" }) },
      "webhook (message)",
    ],
    [
      "the recipient's preference",
      { need: "link", recipient: recipient({ preferredChannel: "dashboard" }) },
      "dashboard (preference)",
    ],
    ["the route for a link", { need: "link" }, "sms (need:link)"],
    [
      "the route for long instructions",
      { need: "long_instructions", urgency: "critical" },
      "email (need:long_instructions)",
    ],
    ["the route for urgent guidance", { need: "urgent_guidance" }, "voice (need:urgent_guidance)"],
    [
      "voice for an available worker and high severity",
      { severity: "high", audience: "worker", need: "link" },
      "voice (severity:high)",
    ],
    [
      "the route for the need when the worker is not available",
      { severity: "high", audience: "worker", need: "link", recipient: recipient({ available: false }) },
      "sms (need:link)",
    ],
    [
      "the route for the need when a user's severity is high",
      { severity: "high", need: "link" },
      "sms (need:link)",
    ],
    [
      "the route for the urgency when nobody knows the need",
      { need: "of_its_own" },
      "email (urgency:normal)",
    ],
    [
      "the route for the urgency when the need is called like a member of every object",
      { need: "constructor" },
      "email (urgency:normal)",
    ],
  ])("puts %s first", (_name, changes, expected) => {
    expect(steps(all, changes)[0]).toBe(expected);
  });

  it("names each channel once, at its best place, and ends with all others by priority, then name", () => {
    const policy = { channels: { pager: { priority: 5 }, beeper: { priority: 5 } } };
    expect(
      steps(["zebra", "pager", "beeper", "email", "dashboard"], { channel: "email" }, { policy }),
    ).toEqual([
      "email (message)",
      "dashboard (urgency:normal)",
      "beeper (priority)",
      "pager (priority)",
      "zebra (priority)",
    ]);
  });

  it("ends with the fallback channels alone, where they are given", () => {
    const policy = { fallbackChannels: ["console", "pager"] };
    expect(steps(["zebra", "pager", "console", "email"], {}, { policy })).toEqual([
      "email (urgency:normal)",
      "console (fallback)",
      "pager (fallback)",
    ]);
  });

  it("puts a plugin's preference before the policy's table for the same need", () => {
    const hub = hubOf(all);
    const undo = hub.prefer("link", ["slack"]);
    hub.prefer("link", ["email"]);
    const names = () =>
      planRoute({
        message: message({ need: "link" }),
        views: hub.views(),
        now: start,
      }).steps.map((step) => step.channel);
    expect(names().slice(0, 3)).toEqual(["slack", "email", "sms"]);
    undo();
    expect(names().slice(0, 2)).toEqual(["email", "sms"]);
  });

  it("follows the policy's tables", () => {
    const policy = {
      urgencyRoutes: { normal: ["webhook"] },
      needRoutes: { link: ["email"] },
      severityRoutes: { medium: ["slack"] },
    };
    expect(steps(all, {}, { policy })[0]).toBe("webhook (urgency:normal)");
    expect(steps(all, { urgency: "low" }, { policy })[0]).toBe("dashboard (urgency:low)");
    expect(steps(all, { need: "link" }, { policy })[0]).toBe("email (need:link)");
    expect(steps(all, { severity: "medium", audience: "worker" }, { policy })[0]).toBe(
      "slack (severity:medium)",
    );
  });
});

describe("the filters", () => {
  const broken = () => {
    throw new Error("cannot look up ada@example.com");
  };

  it.each<[string, Parameters<typeof plan>, string]>([
    ["not registered", [["sms"], { channel: "pager" }], "pager is not registered"],
    [
      "disabled",
      [["email"], {}, { policy: { channels: { email: { enabled: false } } } }],
      "email is disabled",
    ],
    [
      "of the other audience",
      [[channel("slack", { capabilities: { audience: "worker" } })]],
      "slack is for workers, and the message is for a user",
    ],
    [
      "without an address",
      [
        [channel("email", { canReach: (to) => to.email !== undefined })],
        { recipient: { id: "u", available: true } },
      ],
      "email has no address for the recipient",
    ],
    [
      "that fails when it is asked",
      [[channel("email", { canReach: broken })]],
      "email failed in canReach: cannot look up [email]",
    ],
    [
      // Opt-outs are kept by address, so without one nobody knows whether it may be written to.
      "that fails to name the address",
      [[channel("email", { destination: broken })]],
      "email failed in canReach: cannot look up [email]",
    ],
    [
      "that answers no boolean",
      [[channel("email", { canReach: () => "yes" as unknown as boolean })]],
      "email has no address for the recipient",
    ],
    [
      "that answers nothing",
      [[channel("email", { canReach: () => undefined as unknown as boolean })]],
      "email has no address for the recipient",
    ],
    [
      "that does not suit the urgency",
      [[channel("email", { matchesUrgency: (urgency) => urgency === "low" })]],
      "email does not suit urgency normal",
    ],
    [
      "that fails when asked for the urgency",
      [[channel("email", { matchesUrgency: broken })]],
      "email failed in matchesUrgency: cannot look up [email]",
    ],
    [
      "that interrupts somebody who is not available",
      [["voice"], { urgency: "critical", recipient: recipient({ available: false }) }],
      "voice interrupts people, and the recipient is not available",
    ],
    ["that has been tried", [["email"], {}, {}, { exhausted: ["email"] }], "email has been tried"],
  ])("skips a channel %s and says so", (_name, input, expected) => {
    const { steps: left, skips } = plan(...input);
    const name = expected.split(" ", 1)[0];
    expect(left.map((step) => step.channel)).not.toContain(name);
    expect(skips.map((skip) => `${skip.channel} ${skip.reason}`)).toContain(expected);
  });

  it("never offers a user's message to a channel for workers, however far it falls back", () => {
    const channels = [
      "email",
      channel("slack", { capabilities: { audience: "worker" } }),
      channel("team", { capabilities: { audience: "worker" } }),
    ];
    expect(steps(channels, {}, {}, { exhausted: ["email"] })).toEqual([]);
    expect(steps(channels, { audience: "worker" }, {}, { exhausted: ["email"] })).toEqual([
      "slack (urgency:normal)",
      "team (priority)",
    ]);
  });

  it("stays with the first channel when fallback is off", () => {
    const policy = { fallback: false };
    expect(steps(all, {}, { policy })).toEqual(["email (urgency:normal)"]);
    expect(plan(all, {}, { policy }).skips).toContainEqual({
      channel: "slack",
      reason: "would be a fallback, which is off",
    });
    expect(steps(all, {}, { policy }, { exhausted: ["email"] })).toEqual([]);
  });

  it("uses nothing but its own channel for a pinned message, whatever the urgency", () => {
    const email = channel("email", { matchesUrgency: () => false });
    expect(steps([email, "sms"], { channel: "email" }, {}, { pinned: true })).toEqual(["email (message)"]);
    expect(plan(["sms"], { channel: "email" }, {}, { pinned: true })).toEqual({
      steps: [],
      skips: [{ channel: "email", reason: "is not registered" }],
    });
  });
});
