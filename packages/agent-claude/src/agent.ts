import {
  type Agent,
  type AgentInput,
  type AgentOptions,
  type Clock,
  type Decision,
  OrchestratorError,
  type Plugin,
  parseWith,
  systemClock,
  type Tool,
} from "@hybrid-orchestrator/core";
import { answerSchema, decisionOf } from "./answer.js";
import { createModelClient } from "./client.js";
import { type ClaudeAgentConfig, type ClaudeSettings, claudeAgentConfigSchema } from "./config.js";
import { type SystemPrompt, startConversation } from "./conversation.js";
import { CallFailed, type Failure, failedDecision, failureError, failureOf } from "./failure.js";
import { messageCheck } from "./message-rules.js";
import type { Purpose } from "./prompt.js";
import { type ResponseInput, responsePieces } from "./respond.js";
import { summarySchema, summaryText } from "./summary.js";
import { type TokenCounts, usageOf } from "./usage.js";

export interface ClaudeAgentOptions extends Omit<ClaudeAgentConfig, "systemPrompt"> {
  /** The guidance, or a function that gives it for each call. The rules about data and messages always follow it. */
  readonly systemPrompt?: SystemPrompt | undefined;
  /** Registered for this agent alone. Those that need an approval wait for a human. */
  readonly tools?: readonly Tool[] | undefined;
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
  const { systemPrompt, tools = [], fetch, ...config } = options;
  const prompt = typeof systemPrompt === "function" ? systemPrompt : undefined;
  const settings = parseWith(
    claudeAgentConfigSchema,
    systemPrompt === undefined || prompt !== undefined ? config : { ...config, systemPrompt },
    { name: "Claude agent's configuration", code: "invalid_configuration" },
  );
  if (fetch !== undefined && typeof fetch !== "function")
    throw new OrchestratorError(
      "invalid_configuration",
      "The Claude agent's option fetch must be a function.",
    );
  if (!Array.isArray(tools))
    throw new OrchestratorError("invalid_configuration", "The Claude agent's option tools must be a list.");
  const { name } = settings;
  const parts = { settings, systemPrompt: prompt ?? settings.systemPrompt, fetch };
  return {
    specVersion: 1,
    name,
    agent: createAgent({ ...parts, clock: systemClock }),
    setup(host) {
      for (const tool of tools) host.tool({ ...tool, agents: [name] });
      host.agent(createAgent({ ...parts, clock: host.clock }));
    },
  };
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

  function begin(purpose: Purpose, input: AgentInput) {
    return startConversation({ settings, systemPrompt, purpose, input, now: clock.now() });
  }

  function reporter({ reportUsage }: AgentOptions) {
    return (model: string | undefined, counts: TokenCounts | undefined): void => {
      if (counts !== undefined && counts !== null)
        reportUsage?.(usageOf(model || settings.model, counts, settings));
    };
  }

  /** What a caught error means. An abort is thrown on: nobody waits for an answer. */
  function told(error: unknown, { signal }: AgentOptions): Failure {
    signal.throwIfAborted();
    return failureOf(error, clock.now());
  }

  async function decide(input: AgentInput, options: AgentOptions): Promise<Decision> {
    const report = reporter(options);
    const conversation = begin("analyze", input);
    for (;;) {
      const { message, reading } = await client.structured(
        conversation.params(),
        answerSchema,
        options.signal,
      );
      report(message.model, message.usage);
      if (await conversation.goesOn(message, options.signal)) continue;
      if (reading === null) throw new CallFailed("The model's answer is empty.", true);
      const decision = reading.ok ? decisionOf(reading.value, check) : reading;
      if (!decision.ok) throw new CallFailed(decision.problem, true);
      return decision.value;
    }
  }

  async function sumUp(input: AgentInput, options: AgentOptions): Promise<string> {
    const conversation = begin("summarize", input);
    const { message, reading } = await client.structured(
      conversation.params(),
      summarySchema,
      options.signal,
    );
    reporter(options)(message.model, message.usage);
    if (await conversation.goesOn(message, options.signal))
      throw new CallFailed("The model asked for a tool although it may call none.", true);
    if (reading === null) throw new CallFailed("The model's summary is empty.", true);
    if (!reading.ok) throw new CallFailed(reading.problem, true);
    const text = summaryText(reading.value, settings.maxSummaryLength);
    if (text === "") throw new CallFailed("The model's summary is empty.", true);
    return text;
  }

  return {
    name: settings.name,
    async analyze(input, options) {
      options.signal.throwIfAborted();
      try {
        return await decide(input, options);
      } catch (error) {
        return failedDecision(told(error, options));
      }
    },
    async *respond(input: ResponseInput, options) {
      const { signal } = options;
      signal.throwIfAborted();
      try {
        const conversation = begin("respond", input);
        yield* responsePieces({ client, conversation, check, signal, report: reporter(options) });
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
