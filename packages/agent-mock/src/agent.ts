import {
  type Agent,
  type AgentInput,
  type Decision,
  OrchestratorError,
  type Plugin,
  parseWith,
} from "@hybrid-orchestrator/core";
import { type MockAgentConfig, mockAgentConfigSchema } from "./config.js";
import { decide, reply, summarize } from "./rules.js";

export interface MockAgentOptions extends MockAgentConfig {
  /** Goes before the rules; what it answers with undefined is left to them. For demos and tests of certain decisions. */
  readonly decide?: (input: AgentInput) => Decision | undefined;
}

export interface MockAgent extends Agent {
  /** How often it was asked to analyze or to respond. */
  readonly calls: number;
  /** What it was asked last. */
  readonly lastInput: AgentInput | null;
}

/** The plugin, and the agent itself for use without an orchestrator. */
export type MockAgentPlugin = Plugin & { readonly agent: MockAgent };

/**
 * An agent that follows a few fixed rules, needs no model and always decides the same on the same input.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function mockAgent(options: MockAgentOptions = {}): MockAgentPlugin {
  const { decide: override, ...config } = options;
  const { name, lookBack } = parseWith(mockAgentConfigSchema, config, {
    name: "mock agent's configuration",
    code: "invalid_configuration",
  });
  if (override !== undefined && typeof override !== "function") {
    throw new OrchestratorError(
      "invalid_configuration",
      "The mock agent's option decide must be a function.",
    );
  }
  let calls = 0;
  let lastInput: AgentInput | null = null;

  function take(input: AgentInput, signal: AbortSignal): void {
    signal.throwIfAborted();
    calls += 1;
    lastInput = input;
  }

  const agent: MockAgent = {
    name,
    get calls() {
      return calls;
    },
    get lastInput() {
      return lastInput;
    },
    async analyze(input, { signal }) {
      take(input, signal);
      return override?.(input) ?? decide({ ...input, activities: input.activities.slice(-lookBack) });
    },
    async *respond(input, { signal }) {
      take(input, signal);
      // In words, as a model would stream them.
      for (const piece of reply(input.userMessage).match(/\S+\s*/g) ?? []) {
        signal.throwIfAborted();
        yield piece;
      }
    },
    async summarize(input, { signal }) {
      signal.throwIfAborted();
      return summarize(input);
    },
  };
  return { specVersion: 1, name, agent, setup: (host) => host.agent(agent) };
}
