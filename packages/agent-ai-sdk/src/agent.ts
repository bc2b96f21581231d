import {
  couldNotDecide,
  decisionAnswerSchema,
  decisionPrompt,
  failureError,
  type ModelPrompt,
  readDecision,
  replyPrompt,
  summaryPrompt,
} from "@hybrid-orchestrator/agent-kit";
import {
  type Agent,
  type AgentInput,
  type AgentOptions,
  type Clock,
  type Decision,
  type Plugin,
  parseWith,
  systemClock,
  withTimeout,
} from "@hybrid-orchestrator/core";
import { generateText, jsonSchema, NoObjectGeneratedError, Output, stepCountIs, streamText } from "ai";
import { z } from "zod";
import { type AiSdkAgentConfig, aiSdkAgentConfigSchema } from "./config.js";
import { failureOf, failureOfFinish } from "./failure.js";
import { textIn } from "./text-stream.js";
import { offer, type Tools } from "./tools.js";
import { type Meter, meter } from "./usage.js";

export interface AiSdkAgentOptions extends AiSdkAgentConfig {
  /** For limits of time. Default: the system's. */
  readonly clock?: Clock;
}

/** The plugin, and the agent itself for use without an orchestrator. */
export type AiSdkAgentPlugin = Plugin & { readonly agent: Agent };

// As JSON Schema, so that it does not matter which copy of zod `ai` has; `readDecision` checks what comes.
const decisionOutput = Output.object({
  name: "decision",
  description: "What happens next in the session.",
  schema: jsonSchema<unknown>(
    z.toJSONSchema(decisionAnswerSchema, { target: "draft-7" }) as Parameters<typeof jsonSchema>[0],
  ),
});

/**
 * An agent over any model of the npm package `ai`. Its calls are not retried here: whoever asks knows how long to wait.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function aiSdkAgent(options: AiSdkAgentOptions): AiSdkAgentPlugin {
  const { clock = systemClock, ...config } = options;
  const settings = parseWith(aiSdkAgentConfigSchema, config, {
    name: "AI SDK agent's configuration",
    code: "invalid_configuration",
  });
  const { model, name, timeoutMs, maxToolRounds, temperature, providerOptions } = settings;
  const promptOptions = { lookBack: settings.lookBack, instructions: settings.systemPrompt };
  const limit = { clock, timeoutMs, name: `Agent ${name}` };

  /** What all calls of the SDK have in common. */
  function call({ system, prompt }: ModelPrompt, tools: Tools, counter: Meter, signal: AbortSignal) {
    return {
      model,
      system,
      prompt,
      ...(tools.set !== undefined && { tools: tools.set }),
      maxOutputTokens: settings.maxOutputTokens,
      ...(temperature !== undefined && { temperature }),
      ...(providerOptions !== undefined && {
        providerOptions: providerOptions as NonNullable<Parameters<typeof streamText>[0]["providerOptions"]>,
      }),
      maxRetries: 0,
      abortSignal: signal,
      // One round more, in which every tool is refused, and one for the end.
      stopWhen: stepCountIs(maxToolRounds + 2),
      prepareStep({ stepNumber }: { readonly stepNumber: number }) {
        counter.began();
        tools.beginRound(stepNumber);
        return undefined;
      },
      onStepFinish: (step: Parameters<Meter["ended"]>[0]) => counter.ended(step),
    };
  }

  async function decide(input: AgentInput, tools: Tools, counter: Meter, signal: AbortSignal) {
    const asked = call(decisionPrompt(input, promptOptions), tools, counter, signal);
    const result = await generateText({
      ...asked,
      output: decisionOutput,
      stopWhen: [asked.stopWhen, () => tools.awaiting.length > 0],
    });
    if (tools.awaiting.length > 0) return awaitingApproval(tools);
    const failure = failureOfFinish(result.finishReason);
    return failure === null ? readDecision(result.output) : couldNotDecide(failure);
  }

  const agent: Agent = {
    name,
    async analyze(input, { signal, reportUsage }) {
      signal.throwIfAborted();
      const counter = meter(model, settings.prices, reportUsage);
      const tools = offer(input, maxToolRounds);
      try {
        return await withTimeout({ ...limit, signal }, (abort) => decide(input, tools, counter, abort));
      } catch (error) {
        signal.throwIfAborted();
        return undecided(error, clock.now());
      } finally {
        counter.close();
      }
    },

    async *respond(input, { signal, reportUsage }) {
      signal.throwIfAborted();
      const counter = meter(model, settings.prices, reportUsage);
      const tools = offer(input, maxToolRounds);
      // Whoever stops listening stops the model too.
      const controller = new AbortController();
      const abort = AbortSignal.any([signal, controller.signal]);
      try {
        const { fullStream } = streamText({
          ...call(replyPrompt(input, promptOptions), tools, counter, abort),
          // Told as parts of the stream; the default prints them, with the request.
          onError: () => undefined,
        });
        yield* textIn(fullStream, { ...limit, signal });
      } catch (error) {
        signal.throwIfAborted();
        throw failureError(failureOf(error, clock.now()));
      } finally {
        controller.abort();
        counter.close();
      }
    },

    async summarize(input, { signal, reportUsage }) {
      return summarize(input, { signal, ...(reportUsage !== undefined && { reportUsage }) });
    },
  };

  async function summarize(input: AgentInput, { signal, reportUsage }: AgentOptions): Promise<string> {
    signal.throwIfAborted();
    const counter = meter(model, settings.prices, reportUsage);
    try {
      const { text, finishReason } = await withTimeout({ ...limit, signal }, (abort) =>
        generateText(call(summaryPrompt(input, promptOptions), offer(input, 0), counter, abort)),
      );
      const failure = failureOfFinish(finishReason);
      if (failure !== null) throw failureError(failure);
      if (text.trim() === "") throw failureError({ reason: "The model said nothing.", retryable: true });
      return text.trim();
    } catch (error) {
      signal.throwIfAborted();
      throw failureError(failureOf(error, clock.now()));
    } finally {
      counter.close();
    }
  }

  return { specVersion: 1, name, agent, setup: (host) => host.agent(agent) };
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

function undecided(error: unknown, now: number): Decision {
  if (NoObjectGeneratedError.isInstance(error)) {
    const failure = error.finishReason === undefined ? null : failureOfFinish(error.finishReason);
    // No JSON by the letter; it may stand in a code fence.
    return failure === null ? readDecision(error.text ?? "") : couldNotDecide(failure);
  }
  return couldNotDecide(failureOf(error, now));
}
