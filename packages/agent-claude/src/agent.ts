import {
  agentPlugin,
  type CodeOptions,
  couldNotDecide,
  decisionAnswerSchema,
  type Failure,
  failureError,
  type ModelInput,
  messageCheck,
  type Purpose,
  readAgentOptions,
  readDecision,
  readSummary,
  type SystemPrompt,
  summarySchema,
} from "@hybrid-orchestrator/agent-kit";
import {
  type Agent,
  type AgentInput,
  type AgentOptions,
  type Clock,
  type Decision,
  OrchestratorError,
  type Plugin,
} from "@hybrid-orchestrator/core";
import type { z } from "zod";
import { createModelClient } from "./client.js";
import { type ClaudeAgentConfig, type ClaudeSettings, claudeAgentConfigSchema } from "./config.js";
import { type Conversation, startConversation } from "./conversation.js";
import { failureOf } from "./failure.js";
import { reporter } from "./reporter.js";
import { responsePieces } from "./respond.js";

export interface ClaudeAgentOptions extends Omit<ClaudeAgentConfig, "systemPrompt">, CodeOptions {
  /** For a proxy or a test. Default: Node's. */
  readonly fetch?: typeof fetch | undefined;
}

export interface ClaudeAgent extends Agent {
  summarize(input: AgentInput, options: AgentOptions): Promise<string>;
}

/** The plugin, and the agent itself for use without an orchestrator. */
export type ClaudeAgentPlugin = Plugin & { readonly agent: ClaudeAgent };

/**
 * An agent that asks Claude.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function claudeAgent(options: ClaudeAgentOptions = {}): ClaudeAgentPlugin {
  const { fetch, ...rest } = options;
  const { settings, systemPrompt, tools } = readAgentOptions(claudeAgentConfigSchema, rest, "Claude agent");
  if (fetch !== undefined && typeof fetch !== "function")
    throw new OrchestratorError(
      "invalid_configuration",
      "The Claude agent's option fetch must be a function.",
    );
  const parts = { settings, systemPrompt, fetch };
  return agentPlugin({
    name: settings.name,
    tools,
    create: (clock) => createAgent({ ...parts, clock }),
  });
}

interface AgentParts {
  readonly settings: ClaudeSettings;
  readonly systemPrompt: SystemPrompt | undefined;
  readonly fetch: typeof fetch | undefined;
  readonly clock: Clock;
}

function createAgent({ settings, systemPrompt, fetch, clock }: AgentParts): ClaudeAgent {
  const client = createModelClient(settings, { clock, fetch });
  const check = messageCheck(settings);

  function begin(purpose: Purpose, input: ModelInput) {
    return startConversation({ settings, systemPrompt, purpose, input, now: clock.now() });
  }

  /** What a caught error means. An abort is thrown on: nobody waits for an answer. */
  function told(error: unknown, { signal }: AgentOptions): Failure {
    signal.throwIfAborted();
    return failureOf(error, clock.now());
  }

  async function decide(input: AgentInput, options: AgentOptions): Promise<Decision> {
    const conversation = begin("analyze", input);
    for (;;) {
      const { message, text } = await ask(conversation, decisionAnswerSchema, options);
      if (await conversation.goesOn(message, options.signal)) continue;
      if (text === null) throw failureError({ reason: "The model's answer is empty.", retryable: true });
      return readDecision(text, check);
    }
  }

  async function sumUp(input: AgentInput, options: AgentOptions): Promise<string> {
    const conversation = begin("summarize", input);
    const { message, text } = await ask(conversation, summarySchema, options);
    if (await conversation.goesOn(message, options.signal))
      throw failureError({
        reason: "The model asked for a tool although it may call none.",
        retryable: true,
      });
    const summary = readSummary(text ?? "{}", settings.maxSummaryLength);
    if (!summary.ok) throw failureError({ reason: summary.problem, retryable: true });
    return summary.value;
  }

  async function ask(conversation: Conversation, schema: z.ZodType, options: AgentOptions) {
    const report = reporter(options, settings);
    let answer: Awaited<ReturnType<typeof client.structured>> | undefined;
    try {
      answer = await client.structured(conversation.params(), schema, options.signal);
      return answer;
    } finally {
      report(answer?.message.model, answer?.message.usage);
    }
  }

  return {
    name: settings.name,
    async analyze(input, options) {
      options.signal.throwIfAborted();
      try {
        return await decide(input, options);
      } catch (error) {
        return couldNotDecide(told(error, options));
      }
    },
    async *respond(input, options) {
      const { signal } = options;
      signal.throwIfAborted();
      try {
        const conversation = begin("respond", input);
        const report = reporter(options, settings);
        yield* responsePieces({ client, conversation, check, signal, report });
      } catch (error) {
        throw failureError(told(error, options));
      }
    },
    async summarize(input, options) {
      options.signal.throwIfAborted();
      try {
        return await sumUp(input, options);
      } catch (error) {
        throw failureError(told(error, options));
      }
    },
  };
}
