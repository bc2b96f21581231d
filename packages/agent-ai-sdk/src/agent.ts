import {
  agentPlugin,
  type CodeOptions,
  checkedPieces,
  couldNotDecide,
  decisionAnswerSchema,
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
  type Plugin,
  withTimeout,
} from "@hybrid-orchestrator/core";
import { generateText, NoObjectGeneratedError, streamText } from "ai";
import { callOptions, outputOf } from "./calls.js";
import { type AiSdkAgentConfig, type AiSdkAgentSettings, aiSdkAgentConfigSchema } from "./config.js";
import { failureOf, failureOfFinish } from "./failure.js";
import { textIn } from "./text-stream.js";
import type { Tools } from "./tools.js";
import { type Meter, meter } from "./usage.js";

export interface AiSdkAgentOptions extends Omit<AiSdkAgentConfig, "systemPrompt">, CodeOptions {}

export interface AiSdkAgent extends Agent {
  summarize(input: AgentInput, options: AgentOptions): Promise<string>;
}

/** The plugin, and the agent itself for use without an orchestrator. */
export type AiSdkAgentPlugin = Plugin & { readonly agent: AiSdkAgent };

const decisionOutput = outputOf("decision", "What happens next in the session.", decisionAnswerSchema);
const summaryOutput = outputOf("summary", "What the next agent or human must know.", summarySchema);

/**
 * An agent over any model of the npm package `ai`. Its calls are not retried here: whoever asks knows how long to wait.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function aiSdkAgent(options: AiSdkAgentOptions): AiSdkAgentPlugin {
  const { settings, systemPrompt, tools } = readAgentOptions(aiSdkAgentConfigSchema, options, "AI SDK agent");
  return agentPlugin({
    name: settings.name,
    tools,
    create: (clock) => createAgent({ settings, systemPrompt, clock }),
  });
}

interface AgentParts {
  readonly settings: AiSdkAgentSettings;
  readonly systemPrompt: SystemPrompt | undefined;
  readonly clock: Clock;
}

function createAgent({ settings, systemPrompt, clock }: AgentParts): AiSdkAgent {
  const { name, timeoutMs } = settings;
  const limit = { clock, timeoutMs, name: `Agent ${name}` };
  const check = messageCheck(settings);

  function begin(purpose: Purpose, input: ModelInput, counter: Meter, signal: AbortSignal) {
    return callOptions({ settings, systemPrompt, purpose, input, now: clock.now(), counter, signal });
  }

  async function decide(input: AgentInput, counter: Meter, signal: AbortSignal): Promise<Decision> {
    const { options, tools } = begin("analyze", input, counter, signal);
    const stopWhen = [options.stopWhen, () => tools.awaiting.length > 0];
    const result = await generateText({ ...options, output: decisionOutput, stopWhen });
    if (tools.awaiting.length > 0) return awaitingApproval(tools);
    const failure = failureOfFinish(result.finishReason);
    return failure === null ? readDecision(result.output, check) : couldNotDecide(failure);
  }

  async function sumUp(input: AgentInput, counter: Meter, signal: AbortSignal): Promise<unknown> {
    const { options } = begin("summarize", input, counter, signal);
    const result = await generateText({ ...options, output: summaryOutput });
    const failure = failureOfFinish(result.finishReason);
    if (failure !== null) throw failureError(failure);
    return result.output;
  }

  /** What the model said where it was no JSON by the letter; it may stand in a code fence. */
  function saidInstead(error: unknown): string {
    if (!NoObjectGeneratedError.isInstance(error)) throw error;
    const failure = error.finishReason === undefined ? null : failureOfFinish(error.finishReason);
    if (failure !== null) throw failureError(failure);
    return error.text ?? "";
  }

  return {
    name,
    async analyze(input, { signal, reportUsage }) {
      signal.throwIfAborted();
      const counter = meter(settings, reportUsage);
      try {
        return await withTimeout({ ...limit, signal }, (abort) =>
          decide(input, counter, abort).catch((error) => readDecision(saidInstead(error), check)),
        );
      } catch (error) {
        signal.throwIfAborted();
        return couldNotDecide(failureOf(error, clock.now()));
      } finally {
        counter.close();
      }
    },

    async *respond(input, { signal, reportUsage }) {
      signal.throwIfAborted();
      const counter = meter(settings, reportUsage);
      // Whoever stops listening stops the model too.
      const controller = new AbortController();
      const abort = AbortSignal.any([signal, controller.signal]);
      try {
        const { options } = begin("respond", input, counter, abort);
        // Errors are told as parts of the stream; the default prints them, with the request.
        const { fullStream } = streamText({ ...options, onError: () => undefined });
        yield* checkedPieces(textIn(fullStream, { ...limit, signal, maySayNothing: true }), check);
      } catch (error) {
        signal.throwIfAborted();
        throw failureError(failureOf(error, clock.now()));
      } finally {
        controller.abort();
        counter.close();
      }
    },

    async summarize(input, { signal, reportUsage }) {
      signal.throwIfAborted();
      const counter = meter(settings, reportUsage);
      try {
        const answer = await withTimeout({ ...limit, signal }, (abort) =>
          sumUp(input, counter, abort).catch(saidInstead),
        );
        const summary = readSummary(answer, settings.maxSummaryLength);
        if (!summary.ok) throw failureError({ reason: summary.problem, retryable: true });
        return summary.value;
      } catch (error) {
        signal.throwIfAborted();
        throw failureError(failureOf(error, clock.now()));
      } finally {
        counter.close();
      }
    },
  };
}

/** The turn ends; the agent is asked again when the human has decided. */
function awaitingApproval({ awaiting }: Tools): Decision {
  const names = awaiting.map(({ name }) => name).join(", ");
  return {
    action: "continue",
    reasoning: `Waits for a human to allow ${names}.`,
    confidence: 1,
    metadata: { awaitingApproval: awaiting.map(({ approvalId }) => approvalId) },
  };
}
