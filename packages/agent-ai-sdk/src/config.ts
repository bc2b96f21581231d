import { modelAgentShape, tokenPricesSchema } from "@hybrid-orchestrator/agent-kit";
import type { JsonObject } from "@hybrid-orchestrator/core";
import type { LanguageModel } from "ai";
import { z } from "zod";

/** What a provider takes beside the common settings, by the provider's name. */
export type ProviderOptions = Readonly<Record<string, JsonObject>>;

export const aiSdkAgentConfigSchema = z.strictObject({
  ...modelAgentShape,
  /** A model of the npm package `ai`, as its providers make them; a text is a name that its global provider knows. */
  model: z.custom<LanguageModel>(
    isModel,
    'must be a model of the npm package ai, version 6, e.g. openai("gpt-5")',
  ),
  /** What triggers and decisions call it. */
  name: z.string().min(1).max(100).default("ai-sdk"),
  /** For one decision or summary with all its calls; for a streamed answer, between two pieces. */
  timeoutMs: z.int().min(1).max(600_000).default(60_000),
  /** Of one answer, the model's thinking included. */
  maxOutputTokens: z.int().min(1).max(1_000_000).default(4_096),
  /** Default: the provider's own; many models take none. */
  temperature: z.number().min(0).max(2).optional(),
  /** In US dollars for a million tokens. Without them, no cost is reported. */
  prices: tokenPricesSchema.optional(),
  /** Passed on to the provider: caching, effort, … */
  providerOptions: z.custom<ProviderOptions>(isObject, "must be an object").optional(),
});
export type AiSdkAgentConfig = z.input<typeof aiSdkAgentConfigSchema>;
export type AiSdkAgentSettings = z.output<typeof aiSdkAgentConfigSchema>;

function isModel(value: unknown): boolean {
  if (typeof value === "string") return value !== "";
  return isObject(value) && (value.specificationVersion === "v2" || value.specificationVersion === "v3");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
