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

const failed: Decision = {
  action: "continue",
  reasoning: "",
  confidence: 0,
  failure: { reason: "529", retryable: true },
};
const failing = (decision: Decision = failed) => ({
  ...decidingAgent(decision),
  respond: throwingAgent().respond,
});

/** Calls the tool that it is offered, so often and in that way, and goes on. */
function calling(times = 1, request: unknown = { callId: "call_1", args: {} }, decision = goOn): () => Agent {
  return but({
    async analyze({ tools = [] }) {
      for (const tool of tools) for (let call = 0; call < times; call += 1) await tool.call(request as never);
      return decision;
    },
  });
}

/** Reports this with each decision and each answer. */
function reporting(usage: unknown, answersToo = true): () => Agent {
  return but({
    analyze: async (_input, { reportUsage }) => {
      reportUsage?.(usage as never);
      return goOn;
    },
    async *respond(_input, { reportUsage }) {
      yield "Hello";
      if (answersToo) reportUsage?.(usage as never);
    },
  });
}
const usage = { model: "m", inputTokens: 2, outputTokens: 1 };

async function* noWords(): AsyncGenerator<string> {}

describe("the agent suite", () => {
  it.each<[string, Settings]>([
    ["with nothing special", {}],
    ["that prompts", { create: () => decidingAgent({ ...goOn, action: "prompt_user", message: "Hello" }) }],
    ["that summarizes", { create: but({ summarize: async () => "All is well." }) }],
    ["that tells its usage", { create: reporting(usage), reportsUsage: true }],
    ["that fails properly", { failing }],
    ["that uses tools", { usingTool: calling() }],
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
    ["reports no usage", { reportsUsage: true }, /took/],
    ["reports wrong usage", { create: reporting({ ...usage, inputTokens: -1 }), reportsUsage: true }, /took/],
    ["reports decisions alone", { create: reporting(usage, false), reportsUsage: true }, /took/],
    ["throws when its model fails", { failing: () => throwingAgent() }, /continue, with the reason/],
    ["hides that its model fails", { failing: () => failing(goOn) }, /continue, with the reason/],
    [
      "acts although its model fails",
      { failing: () => failing({ ...failed, action: "abort" }) },
      /with the reason/,
    ],
    [
      "is sure although its model fails",
      { failing: () => failing({ ...failed, confidence: 1 }) },
      /with the reason/,
    ],
    ["answers although its model fails", { failing: () => decidingAgent(failed) }, /throws instead/],
    ["does not call the tool", { usingTool: right }, /calls a tool/],
    ["calls a tool without an id", { usingTool: calling(1, { callId: "", args: {} }) }, /calls a tool/],
    ["calls a tool with text", { usingTool: calling(1, { callId: "a", args: "{}" }) }, /calls a tool/],
    ["goes on calling when a human was asked", { usingTool: calling(2) }, /awaiting_approval/],
    ["cannot decide after a tool", { usingTool: calling(1, undefined, failed) }, /calls a tool/],
    [
      "stumbles over tools",
      { create: but({ analyze: async ({ tools }) => ({ ...goOn, reasoning: tools?.[0] as never }) }) },
      /tools that it is offered/,
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
