import { type Plugin, parseWith, type TriggerInput } from "@hybrid-orchestrator/core";
import { recordingHost, sampleSession } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  channelsSchema,
  domainPlugin,
  rule,
  ruleSchema,
  tellsUser,
  tellsWorkers,
  times,
} from "../src/index.js";

async function registered(plugin: Plugin) {
  const recording = recordingHost();
  await plugin.setup(recording.host);
  return recording;
}

const stuck: TriggerInput = {
  name: "shop.stuck",
  condition: { type: "field_error" },
  action: [
    { type: "send", message: { default: "Help?", de: "Hilfe?" } },
    { type: "send", to: "worker", message: "Stuck." },
    { type: "ask_agent" },
  ],
  maxFires: 2,
};
const schema = ruleSchema({ times: times.default(3), ...tellsUser, ...tellsWorkers });
const tuned = (options: unknown) => rule(parseWith(schema, options, { name: "rule" }), stuck);

describe("a rule", () => {
  it("is as its domain made it unless told otherwise", () => {
    expect(tuned(undefined)).toEqual([stuck]);
    expect(schema.parse(undefined)).toEqual({ enabled: true, times: 3 });
  });

  it("can be switched off", () => expect(tuned({ enabled: false })).toEqual([]));

  it("takes other limits and another mode", () => {
    expect(tuned({ maxFires: 5, cooldownSeconds: 9, mode: "shadow" })).toEqual([
      { ...stuck, maxFires: 5, cooldownSeconds: 9, mode: "shadow" },
    ]);
  });

  it("takes other texts and channels, each for its own audience", () => {
    const [first] = tuned({ message: { fr: "Aide ?" }, channel: "sms", workerMessage: "He is stuck." });
    expect(first?.action).toEqual([
      { type: "send", message: { default: "Help?", de: "Hilfe?", fr: "Aide ?" }, channel: "sms" },
      { type: "send", to: "worker", message: "He is stuck." },
      { type: "ask_agent" },
    ]);
    const [second] = tuned({
      message: "Need help?",
      workerMessage: { de: "Hängt." },
      workerChannel: "slack",
    });
    expect(second?.action).toMatchObject([
      { message: "Need help?" },
      { message: { default: "Stuck.", de: "Hängt." }, channel: "slack" },
      {},
    ]);
  });

  it("knows no other options", () => {
    expect(() => tuned({ treshold: 3 })).toThrow(/treshold/);
    expect(() => tuned({ times: 0 })).toThrow(/times/);
  });
});

it("channels by need have defaults, one by one", () => {
  const channels = channelsSchema({ link: ["sms"], team: ["slack", "email"] });
  expect(z.strictObject({ channels }).parse({})).toEqual({
    channels: { link: ["sms"], team: ["slack", "email"] },
  });
  expect(channels.parse({ link: [] })).toEqual({ link: [], team: ["slack", "email"] });
  expect(channels.safeParse({ lnik: [] }).success).toBe(false);
});

describe("a domain's plugin", () => {
  const domain = {
    name: "domain-shop",
    triggers: [stuck],
    roles: [{ name: "shop.clerk", kind: "human" as const }],
    channels: { "shop.link": ["sms"], "shop.team": [] },
    parsers: { "shop.events": () => () => [{ type: "a" }] },
    detectors: { "shop.always": () => [{ kind: "x", severity: "low" as const, description: "" }] },
    actions: { "shop.point": () => () => {} },
    policies: { "shop.default": { levels: [] } },
  };

  it("registers all of it", async () => {
    const { triggers, roles, preferences, parsers, detectors, actions, policies } = await registered(
      domainPlugin({ ...domain, workflows: null }),
    );
    expect(triggers).toEqual([stuck]);
    expect(roles).toEqual(domain.roles);
    expect(preferences).toEqual([{ need: "shop.link", channels: ["sms"] }]);
    expect(parsers.map(({ name, parse }) => [name, parse({})])).toEqual([["shop.events", [{ type: "a" }]]]);
    expect(detectors.map(({ name }) => name)).toEqual(["shop.always"]);
    expect(actions.map(({ name }) => name)).toEqual(["shop.point"]);
    expect(policies).toEqual([{ name: "shop.default", policy: { levels: [] } }]);
  });

  it("looks at its own workflows alone where they are named", async () => {
    const { triggers, detectors } = await registered(domainPlugin({ ...domain, workflows: ["orders"] }));
    expect(triggers).toEqual([{ ...stuck, filter: { workflow: ["orders"] } }]);
    const [detector] = detectors;
    const blockers = (workflow: string) =>
      detector?.detect({ session: sampleSession({ workflow }), activities: [], now: 0 }).length;
    expect([blockers("orders"), blockers("default")]).toEqual([1, 0]);
  });
});
