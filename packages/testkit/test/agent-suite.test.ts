import {
  type Agent,
  type AgentInput,
  type Decision,
  type Plugin,
  withTimeout,
} from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import {
  type AgentSuiteOptions,
  agentSuite,
  decidingAgent,
  garbageAgent,
  hangingAgent,
  throwingAgent,
  type VirtualClock,
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

const limitMs = 5_000;
/** Gives up after so long, by the clock that it is given or by none. */
function limiting(decision: Decision, afterMs = limitMs) {
  return (clock: VirtualClock) => {
    const wait = (signal: AbortSignal) =>
      withTimeout(
        { clock, timeoutMs: afterMs, name: "The model", signal },
        () => new Promise<never>(() => {}),
      );
    const agent = but({
      analyze: (_input, { signal }) => wait(signal).catch(() => decision),
      async *respond(_input, { signal }) {
        yield await wait(signal);
      },
    })();
    return { agent, timeoutMs: limitMs };
  };
}

/** Says a few words, and then nothing more, until it is aborted. */
const pausing = (end: "promptly" | "late" | "never" = "promptly", first = "Nine ") =>
  but({
    async *respond(_input, { signal }) {
      try {
        if (first !== "") yield first;
        await new Promise((_resolve, reject) => {
          if (end !== "never") signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
      } finally {
        if (end === "late") await new Promise(() => {});
      }
    },
  });

/** An agent that gives its model this of what it is shown. */
function sending(words: (input: AgentInput) => string): Settings {
  const given: string[] = [];
  const create = but({
    async analyze(input) {
      given.push(words(input));
      return goOn;
    },
  });
  return { create, sent: () => given.join() };
}
const withoutPrivate = ({ activities }: AgentInput) =>
  JSON.stringify(activities.filter(({ data }) => data.field_id === "street"));

/** Decides after its tool, whatever that does. */
const patient = but({
  async analyze({ tools = [] }, { signal }) {
    const aborted = new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    for (const tool of tools)
      await Promise.race([tool.call({ callId: "a", args: {} }), aborted]).catch(() =>
        signal.throwIfAborted(),
      );
    return goOn;
  },
  async *respond({ tools = [] }) {
    for (const tool of tools) await tool.call({ callId: "a", args: {} });
    yield "Hello";
  },
});

async function* noWords(): AsyncGenerator<string> {}

describe("the agent suite", () => {
  it.each<[string, Settings]>([
    ["with nothing special", {}],
    ["that prompts", { create: () => decidingAgent({ ...goOn, action: "prompt_user", message: "Hello" }) }],
    ["that summarizes", { create: but({ summarize: async () => "All is well." }) }],
    ["that tells its usage", { create: reporting(usage), reportsUsage: true }],
    ["that fails properly", { failing }],
    ["that uses tools", { usingTool: patient }],
    ["that keeps its time", { limited: limiting(failed) }],
    ["that answers piece by piece", { pausing: pausing() }],
    ["that keeps what is private", sending(withoutPrivate)],
    [
      "that reports calls that fail",
      {
        create: reporting(usage),
        reportsUsage: true,
        failing: () => ({
          ...failing(),
          analyze: async (_input, { reportUsage }) => {
            reportUsage?.({ ...usage, inputTokens: 0 });
            return failed;
          },
        }),
      },
    ],
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
    ["calls no tool on the way to an answer", { usingTool: calling() }, /way to an answer/],
    ["falls over a tool that throws", { usingTool: calling() }, /contract and throws/],
    ["waits for a tool although it is aborted", { usingTool: calling() }, /tool is at work/],
    [
      "has no end to its time",
      { limited: () => ({ agent: hangingAgent(), timeoutMs: limitMs }) },
      /gives up/,
    ],
    ["gives up too early", { limited: limiting(failed, limitMs / 2) }, /gives up/],
    ["decides when its time is over", { limited: limiting(goOn) }, /gives up/],
    [
      "says that asking again is of no use after its time",
      { limited: limiting({ ...failed, failure: { reason: "slow", retryable: false } }) },
      /gives up/,
    ],
    ["hands on nothing before the end", { pausing: pausing("promptly", "") }, /first words/],
    ["speaks on when it is aborted", { pausing: pausing("never") }, /aborted after them/],
    ["goes on when nobody listens", { pausing: pausing("late") }, /nobody listens/],
    ["tells its model everything", sending(JSON.stringify), /what is private/],
    [
      "tells its model what is private where it is repeated",
      sending((input) => withoutPrivate(input) + input.summary),
      /what is private/,
    ],
    ["tells its model nothing", sending(() => ""), /what is private/],
    [
      "reports no call that failed",
      { create: reporting(usage), reportsUsage: true, failing },
      /call that failed/,
    ],
    [
      "quotes the session in a failure",
      {
        failing: () => ({
          ...failing(),
          analyze: async ({ session }) => ({
            ...failed,
            failure: { reason: `for ${session.recipient?.name}`, retryable: true },
          }),
        }),
      },
      /quotes nothing/,
    ],
    [
      "quotes the user in an error's cause",
      {
        failing: () => ({
          ...failing(),
          // biome-ignore lint/correctness/useYield: it fails before its first word
          async *respond({ userMessage }) {
            throw new Error("failed", { cause: new Error(userMessage) });
          },
        }),
      },
      /quotes nothing/,
    ],
    [
      "sums up although its model fails",
      { failing: () => ({ ...failing(), summarize: async () => "All is well." }) },
      /instead of summarizing/,
    ],
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
