import type { Model } from "@anthropic-ai/sdk/resources/messages";
import type { TokenPrices } from "@hybrid-orchestrator/agent-kit";

export interface KnownModel {
  readonly price: TokenPrices;
  /** Takes `output_config.effort`. */
  readonly effort: boolean;
  /** Takes a `temperature`. Those released after Opus 4.6 and Sonnet 4.6 answer any with 400. */
  readonly temperature: boolean;
  readonly maxOutputTokens: number;
}

/** From the SDK's list: the vendor calls it the best combination of speed and intelligence. */
export const defaultModel = "claude-sonnet-5-5" satisfies Model;

const current = { effort: true, temperature: false, maxOutputTokens: 128_000 };

/**
 * The models of the SDK's list whose rates are published, with what each takes.
 * Sources: https://platform.claude.com/docs/en/about-claude/pricing, each model's overview and migration guide below
 * /docs/en/models, /docs/en/build-with-claude/effort; as of 2026-11-09. Rates change: `prices` overrides them.
 */
export const knownModels: Readonly<Record<string, KnownModel>> = {
  "claude-fable-5-2": { ...current, price: { input: 8, output: 40, cacheRead: 0.2, cacheWrite: 10 } },
  "claude-fable-5-1": { ...current, price: { input: 10, output: 50, cacheRead: 0.25, cacheWrite: 12.5 } },
  "claude-opus-5-5": { ...current, price: { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 } },
  "claude-sonnet-5-5": { ...current, price: { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 } },
  "claude-haiku-5-5": {
    ...current,
    price: {
      ...{ input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite: 0.125 },
      longPrompt: { aboveTokens: 100_000, input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625 },
    },
  },
  "claude-sonnet-5": { ...current, price: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 } },
  "claude-opus-5": { ...current, price: { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 } },
  "claude-opus-4-8": { ...current, price: { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 } },
  "claude-opus-4-7": { ...current, price: { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 } },
  "claude-opus-4-6": {
    ...current,
    temperature: true,
    price: { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  },
  "claude-sonnet-4-6": {
    ...current,
    temperature: true,
    price: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 },
  },
  "claude-haiku-4-5": {
    effort: false,
    temperature: true,
    maxOutputTokens: 64_000,
    price: { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },
  },
};

/** What is known of a model, by its name or by that of a dated snapshot of it. */
export function knownModel(model: string): KnownModel | undefined {
  return lookUp(knownModels, model);
}

/** The value for a model's name, `claude-haiku-4-5-20251001` being `claude-haiku-4-5` where it has none of its own. */
export function lookUp<Value>(table: Readonly<Record<string, Value>>, model: string): Value | undefined {
  if (Object.hasOwn(table, model)) return table[model];
  const undated = model.replace(/-\d{8}$/, "");
  return Object.hasOwn(table, undated) ? table[undated] : undefined;
}
