import {
  type Agent,
  type AgentInput,
  type AgentOptions,
  type Decision,
  decisionSchema,
  type Plugin,
} from "@hybrid-orchestrator/core";
import { declareFailureCases, declareModelCases, declareStreamCases } from "./agent-model-cases.js";
import { declareToolCases } from "./agent-tool-cases.js";
import { recordingHost } from "./recording-host.js";
import { sampleAgentInput, sampleOfferedTool } from "./samples.js";
import { deepFreeze, hostileData, outcomeOf, problemsWith, promptMs } from "./suite-helpers.js";
import type { SuiteRunner } from "./suite-runner.js";
import type { VirtualClock } from "./virtual-clock.js";

export interface AgentSuiteOptions extends SuiteRunner {
  readonly name: string;
  /** An agent whose model, where it has one, answers sensibly. Made anew for each test. */
  readonly create: () => Agent | Promise<Agent>;
  /** One whose model never answers. */
  readonly hanging?: () => Agent | Promise<Agent>;
  /** One whose model fails: cannot be reached, or answers nothing that makes sense. */
  readonly failing?: () => Agent | Promise<Agent>;
  /** One whose model never answers, and that gives up after so long by this clock. */
  readonly limited?: (clock: VirtualClock) => LimitedAgent | Promise<LimitedAgent>;
  /** One whose model begins its answer to a user with a few words, and never goes on. */
  readonly pausing?: () => Agent | Promise<Agent>;
  /** All that the models of agents from `create` have been given so far, as text. */
  readonly sent?: () => string;
  /** One whose model asks for the tool of this name, and decides when it was told what came of it. */
  readonly usingTool?: (tool: string) => Agent | Promise<Agent>;
  /** Whether it reports what each call of its model took. Default: false. */
  readonly reportsUsage?: boolean;
  /** A new plugin that registers the agent. */
  readonly plugin?: () => Plugin;
  /** How long one call may take. Default: 10,000. */
  readonly timeoutMs?: number;
}

export interface LimitedAgent {
  readonly agent: Agent;
  readonly timeoutMs: number;
}

/** What the cases of an agent's suite have in common. */
export interface AgentCases {
  readonly options: AgentSuiteOptions;
  /** How long one call may take. */
  readonly timeoutMs: number;
  /** A decision that was made in time and is right in itself. */
  analyze(agent: Agent, input: AgentInput, rest?: Partial<AgentOptions>): Promise<Decision>;
  /** The pieces of an answer. */
  respond(
    agent: Agent,
    userMessage: string,
    input?: AgentInput,
    rest?: Partial<AgentOptions>,
  ): Promise<unknown[]>;
}

/** Declares the tests that every agent must pass. */
export function agentSuite(options: AgentSuiteOptions): void {
  const { describe, it, expect, name, create, timeoutMs = 10_000 } = options;

  async function analyze(
    agent: Agent,
    input: AgentInput,
    rest: Partial<AgentOptions> = {},
  ): Promise<Decision> {
    const outcome = await outcomeOf(
      () => agent.analyze(deepFreeze(input), { signal: new AbortController().signal, ...rest }),
      timeoutMs,
    );
    if (outcome.kind === "late") throw new Error(`analyze had not ended after ${timeoutMs} ms`);
    if (outcome.kind === "threw") throw new Error(`analyze threw: ${String(outcome.error)}`);
    expect(problemsWith(decisionSchema, outcome.value), "what is wrong with the decision").toBe("");
    if (outcome.value.action === "prompt_user") {
      expect((outcome.value.message ?? "").trim().length > 0, "a prompt has words").toBe(true);
    }
    if (outcome.value.failure !== undefined) {
      const { action, confidence, failure } = outcome.value;
      expect(`${action} ${confidence}`, "what goes with a failure").toBe("continue 0");
      expect(failure.reason.trim().length > 0, "a failure has a reason").toBe(true);
    }
    return outcome.value;
  }

  async function respond(
    agent: Agent,
    userMessage: string,
    input = sampleAgentInput(),
    rest: Partial<AgentOptions> = {},
  ): Promise<unknown[]> {
    const pieces: unknown[] = [];
    const given = { signal: new AbortController().signal, ...rest };
    for await (const piece of agent.respond(deepFreeze({ ...input, userMessage }), given)) pieces.push(piece);
    return pieces;
  }
  const cases: AgentCases = { options, timeoutMs, analyze, respond };

  describe(name, () => {
    it("has a stable, non-empty name", async () => {
      const agent = await create();
      expect(typeof agent.name === "string" && agent.name.length > 0, "the name is a text").toBe(true);
      expect((await create()).name, "the name of another one, made alike").toBe(agent.name);
    });

    it("decides on a session that goes well", async () => {
      const input = sampleAgentInput([
        { data: { field_id: "name", value: "Ada" } },
        { data: { field_id: "email", value: "ada@example.com" } },
      ]);
      await analyze(await create(), input);
    });

    it("decides on a session in which nothing has happened", async () => {
      await analyze(await create(), sampleAgentInput([]));
    });

    it("decides on a user who is stuck, with summary and context", async () => {
      const stuck = [1, 2, 3, 4].map((attempt) => ({
        data: { field_id: "ssn", value: `attempt ${attempt}` },
      }));
      const context = { reason: "field_error", blocker: { kind: "repeated_failure", severity: "high" } };
      await analyze(
        await create(),
        sampleAgentInput(stuck, { summary: "The user fills in a form.", context }),
      );
    });

    it("decides on whatever stands in the activities", async () => {
      const agent = await create();
      for (const data of hostileData)
        await analyze(
          agent,
          sampleAgentInput([{ data }, { type: "error", data }, { type: "chat_message", data }]),
        );
      await analyze(
        agent,
        sampleAgentInput(
          hostileData.map((data) => ({ data })),
          { context: { input: [...hostileData] } },
        ),
      );
    });

    it("answers the user in pieces of text", async () => {
      const agent = await create();
      for (const userMessage of [
        "Which format do you need?",
        "help",
        "",
        "I want to talk to a person",
        "\u0000 <b>{x}</b>",
      ]) {
        const outcome = await outcomeOf(() => respond(agent, userMessage), timeoutMs);
        if (outcome.kind !== "value")
          throw new Error(
            `respond to ${JSON.stringify(userMessage)} ${outcome.kind === "late" ? "did not end" : `threw: ${String(outcome.error)}`}`,
          );
        expect(
          outcome.value.every((piece) => typeof piece === "string"),
          "every piece is a text",
        ).toBe(true);
        expect(outcome.value.join("").trim().length > 0, "there is an answer").toBe(true);
      }
    });

    it("keeps calls apart that are under way together", async () => {
      const agent = await create();
      const results = await Promise.all([
        analyze(agent, sampleAgentInput([])),
        analyze(agent, sampleAgentInput()),
        respond(agent, "help"),
      ]);
      expect(results.length, "answers").toBe(3);
    });

    it("ends promptly when its signal is aborted before it begins", async () => {
      const agent = await create();
      await endsPromptly(agent, AbortSignal.abort());
    });

    if (options.hanging) {
      const { hanging } = options;
      it("ends promptly when its signal is aborted while it thinks", async () => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 50);
        await endsPromptly(await hanging(), controller.signal);
      });
    }

    it("summarizes in words, where it does", async () => {
      const agent = await create();
      if (agent.summarize === undefined) return;
      for (const activities of [[], [{}]]) {
        const summary: unknown = await agent.summarize(deepFreeze(sampleAgentInput(activities)), {
          signal: new AbortController().signal,
        });
        expect(typeof summary === "string" && summary.trim().length > 0, "the summary is a text").toBe(true);
      }
    });

    it("decides without the tools that it is offered, where it needs none", async () => {
      await analyze(await create(), sampleAgentInput([{}], { tools: [] }));
      await analyze(await create(), sampleAgentInput([{}], { tools: [sampleOfferedTool().tool] }));
    });

    declareModelCases(cases);
    declareStreamCases(cases);
    declareFailureCases(cases);
    declareToolCases(cases);

    if (options.plugin) {
      const { plugin: makePlugin } = options;
      it("can be set up, stopped and set up again", async () => {
        const plugin = makePlugin();
        for (let start = 1; start <= 2; start += 1) {
          const recording = recordingHost();
          await plugin.setup(recording.host);
          expect(recording.agents.length, `agents registered by start ${start}`).toBe(1);
          await recording.stop();
        }
      });
    }
  });

  async function endsPromptly(agent: Agent, signal: AbortSignal): Promise<void> {
    const ends = await Promise.all([
      outcomeOf(() => agent.analyze(sampleAgentInput(), { signal })),
      outcomeOf(() => respond(agent, "help", sampleAgentInput(), { signal })),
    ]);
    expect(ends[0].kind === "late", `analyze still under way ${promptMs} ms after the abort`).toBe(false);
    expect(ends[1].kind === "late", `respond still under way ${promptMs} ms after the abort`).toBe(false);
  }
}
