import type { NewActivity, Plugin, PluginHost, TriggerInput } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { type DomainSuiteOptions, domainSuite } from "../src/index.js";
import { collect, failures } from "./collect.js";

const stuck: TriggerInput = {
  name: "travel.stuck",
  condition: {
    type: "all",
    conditions: [
      { type: "no_activity", seconds: 60 },
      { type: "custom", evaluate: "travel.is_booking" },
    ],
  },
  action: { type: "send", message: "Do you need help?" },
};

function parse(input: unknown): NewActivity[] {
  if (typeof input !== "object" || input === null || !("step" in input)) return [];
  return [{ type: "step", data: { step: String(input.step) } }];
}

/** A right domain; `change` may put another in place of any registration. */
function domain(change: Partial<PluginHost> | ((host: PluginHost) => Partial<PluginHost>) = {}): Plugin {
  return {
    specVersion: 1,
    name: "travel",
    setup(host) {
      const to = { ...host, ...(typeof change === "function" ? change(host) : change) };
      to.trigger(stuck);
      to.condition("travel.is_booking", () => true);
      to.role({ name: "travel_agent", kind: "human" });
      to.channelPreference("link", ["sms"]);
      to.activityParser("booking", parse);
      to.blockerDetector("stalled", ({ activities }) =>
        activities.length > 0 ? [] : [{ kind: "stalled", severity: "low", description: "Nothing happens." }],
      );
    },
  };
}

async function failuresOf(
  create: () => Plugin,
  settings: Partial<DomainSuiteOptions> = {},
): Promise<string[]> {
  return failures(
    await collect((runner) =>
      domainSuite({
        ...runner,
        expect,
        name: "domain",
        create,
        samples: { booking: [{ step: 1 }] },
        ...settings,
      }),
    ),
  );
}

describe("the domain suite", () => {
  it("passes a right domain", async () => {
    expect(await failuresOf(() => domain())).toEqual([]);
  });

  const nothing = () => undefined;
  let setups = 0;
  it.each<[string, Parameters<typeof domain>[0], RegExp]>([
    ["brings no triggers", { trigger: nothing }, /triggers that are valid/],
    [
      "brings a trigger with a mistake",
      ({ trigger }) => ({ trigger: () => trigger({ ...stuck, cooldown: 5 } as never) }),
      /triggers that are valid/,
    ],
    [
      "brings two triggers of one name",
      ({ trigger }) => ({ trigger: () => [stuck, stuck].forEach(trigger) }),
      /uniquely/,
    ],
    [
      "names a trigger as anybody might",
      ({ trigger }) => ({ trigger: () => trigger({ ...stuck, name: "stuck" }) }),
      /namespace/,
    ],
    ["names a condition that it does not bring", { condition: nothing }, /conditions and actions/],
    [
      "names an action that it does not bring",
      ({ trigger }) => ({
        trigger: () => trigger({ ...stuck, action: [{ type: "custom", run: "travel.call" }] }),
      }),
      /conditions and actions/,
    ],
    ["brings no roles", { role: nothing }, /roles/],
    [
      "brings a role of no kind",
      ({ role }) => ({ role: () => role({ name: "pilot", kind: "robot" as never }) }),
      /roles/,
    ],
    ["prefers no channels", { channelPreference: nothing }, /preferences/],
    [
      "prefers an empty list of channels",
      ({ channelPreference }) => ({ channelPreference: (need) => channelPreference(need, []) }),
      /preferences/,
    ],
    [
      "parses into what is no activity",
      ({ activityParser }) => ({
        activityParser: (name) => activityParser(name, () => [{ kind: "step" } as never]),
      }),
      /valid activities/,
    ],
    [
      "parses nothing out of its own samples",
      ({ activityParser }) => ({ activityParser: (name) => activityParser(name, () => []) }),
      /valid activities/,
    ],
    [
      "parses nonsense into nonsense",
      ({ activityParser }) => ({
        activityParser: (name) =>
          activityParser(name, (input) => parse(input).concat(input === null ? [{ type: "" }] : [])),
      }),
      /nonsense/,
    ],
    [
      "changes what it parses",
      ({ activityParser }) => ({
        activityParser: (name) =>
          activityParser(name, (input) => parse(Object.assign(input as object, { seen: true }))),
      }),
      /valid activities/,
    ],
    [
      "has a detector that needs an activity",
      ({ blockerDetector }) => ({
        blockerDetector: (name) =>
          blockerDetector(name, ({ activities }) => (activities[0]!.type === "error" ? [] : [])),
      }),
      /detects blockers/,
    ],
    [
      "detects what is no blocker",
      ({ blockerDetector }) => ({
        blockerDetector: (name) =>
          blockerDetector(name, () => [{ kind: "stalled", severity: "huge" as never, description: "" }]),
      }),
      /detects blockers/,
    ],
    [
      "registers less when it is set up again",
      ({ role }) => ({ role: (entry) => (setups++ % 8 === 7 ? undefined : role(entry)) }),
      /set up again/,
    ],
  ])("fails a domain that %s", async (_defect, change, expected) => {
    setups = 0;
    expect((await failuresOf(() => domain(change))).join("\n")).toMatch(expected);
  });

  it("fails a domain whose parser has no samples", async () => {
    expect((await failuresOf(() => domain(), { samples: {} })).join("\n")).toMatch(/valid activities/);
  });
});
