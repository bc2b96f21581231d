import {
  type ModelInput,
  modelPrompt,
  type Purpose,
  type SystemPrompt,
  shapeInWords,
} from "@hybrid-orchestrator/agent-kit";
import { jsonSchema, Output, stepCountIs, type streamText } from "ai";
import { z } from "zod";
import type { AiSdkAgentSettings } from "./config.js";
import { offer } from "./tools.js";
import type { Meter } from "./usage.js";

type SdkOptions = Parameters<typeof streamText>[0];

export interface CallParts {
  readonly settings: AiSdkAgentSettings;
  readonly systemPrompt: SystemPrompt | undefined;
  readonly purpose: Purpose;
  readonly input: ModelInput;
  readonly now: number;
  readonly counter: Meter;
  readonly signal: AbortSignal;
}

/** What is passed to the SDK for one call of the agent, and the tools that it may use. */
export function callOptions({ settings, purpose, counter, signal, ...rest }: CallParts) {
  const { model, temperature, providerOptions, maxOutputTokens } = settings;
  const { system, data, task, privacy } = modelPrompt({ settings, purpose, ...rest });
  const maxToolRounds = purpose === "summarize" ? 0 : settings.maxToolRounds;
  const tools = offer(rest.input.tools ?? [], { maxToolRounds, privacy, signal });
  const shape = purpose === "respond" ? [] : [shapeInWords(purpose)];
  const options = {
    model,
    system: system.join("\n\n"),
    prompt: [data, task, ...shape].join("\n\n"),
    ...(tools.set !== undefined && { tools: tools.set }),
    maxOutputTokens,
    ...(temperature !== undefined && { temperature }),
    ...(providerOptions !== undefined && {
      providerOptions: providerOptions as NonNullable<SdkOptions["providerOptions"]>,
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
  return { options, tools };
}

/** As JSON Schema, so that it does not matter which copy of zod `ai` has; what comes is read by agent-kit. */
export function outputOf(name: string, description: string, schema: z.ZodType) {
  const json = z.toJSONSchema(schema, { target: "draft-7" });
  return Output.object({
    name,
    description,
    schema: jsonSchema<unknown>(json as Parameters<typeof jsonSchema>[0]),
  });
}
