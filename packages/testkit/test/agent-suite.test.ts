import type { Agent, Decision, Plugin } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import {
  type AgentSuiteOptions,
  agentSuite,
  decidingAgent,
  garbageAgent,
  hangingAgent,
  throwingAgent,
} from "../src/index.js";
import { collect, failures } from "./collect.js";

type Settings = Partial<Omit<AgentSuiteOptions, "describe" | "it" | "expect">>;

const goOn: Decision = { action: "continue", reasoning: "", confidence: 1 };
const right = () => decidingAgent(goOn);

function but(defect: Partial<Agent>): () => Agent {
  return () => ({ ...right(), ...defect });
}

function pluginOf(agent: () => Agent): Plugin {
  return { specVersion: 1, name: "plugin", setup: (host) => host.agent(agent()) };
}

async function failuresOf(settings: Settings): Promise<string[]> {
  const all = {
    name: "agent",
    create: right,
    hanging: () => hangingAgent(),
    plugin: () => pluginOf(right),
    timeoutMs: 500,
    ...settings,
  };
  return failures(await collect((runner) => agentSuite({ ...runner, expect, ...all })));
}

async function* noWords(): AsyncGenerator<string> {}

describe("the agent suite", () => {
  it.each<[string, Settings]>([
    ["with nothing special", {}],
    ["that prompts", { create: () => decidingAgent({ ...goOn, action: "prompt_user", message: "Hello" }) }],
    ["that summarizes", { create: but({ summarize: async () => "All is well." }) }],
  ])("passes a right agent %s", async (_name, settings) => {
    expect(await failuresOf(settings)).toEqual([]);
  });

  let names = 0;
  it.each<[string, Settings, RegExp]>([
    ["throws", { create: () => throwingAgent() }, /decides on a session that goes well/],
    ["answers what is no decision", { create: () => garbageAgent([{ action: "dance" }]) }, /goes well/],
    ["answers text", { create: () => garbageAgent(["continue"]) }, /goes well/],
    ["answers nothing", { create: () => garbageAgent([undefined]) }, /goes well/],
    ["is more than certain", { create: () => decidingAgent({ ...goOn, confidence: 85 }) }, /goes well/],
    [
      "prompts without words",
      { create: () => decidingAgent({ ...goOn, action: "prompt_user" }) },
      /goes well/,
    ],
    ["never answers", { create: () => hangingAgent() }, /goes well/],
    [
      "needs an activity",
      { create: but({ analyze: async ({ activities }) => ({ ...goOn, reasoning: activities[0]!.type }) }) },
      /nothing has happened/,
    ],
    [
      "trusts the data of an activity",
      {
        create: but({
          analyze: async ({ activities }) => ({
            ...goOn,
            reasoning: activities.map(({ data }) => (data.field_id as string).trim()).join(),
          }),
        }),
      },
      /whatever stands/,
    ],
    [
      "changes what it is shown",
      { create: but({ analyze: async ({ activities }) => (activities as unknown[]).reverse() && goOn }) },
      /goes well/,
    ],
    [
      "says what is no text",
      { create: () => ({ ...right(), respond: garbageAgent([{ text: "Hello" }]).respond }) },
      /pieces of text/,
    ],
    ["says nothing", { create: but({ respond: noWords }) }, /pieces of text/],
    [
      "goes on when it is aborted",
      { hanging: () => hangingAgent({ ignoresAbort: true }) },
      /while it thinks/,
    ],
    ["summarizes in no words", { create: but({ summarize: async () => "" }) }, /summarizes/],
    [
      "has another name each time",
      { create: () => decidingAgent(goOn, { name: `agent-${names++}` }) },
      /stable/,
    ],
    [
      "is not registered by its plugin",
      { plugin: () => ({ ...pluginOf(right), setup: () => undefined }) },
      /set up again/,
    ],
  ])("fails an agent that %s", async (_defect, settings, expected) => {
    expect((await failuresOf(settings)).join("\n")).toMatch(expected);
  });
});
