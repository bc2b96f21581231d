import type { AgentUsage } from "@hybrid-orchestrator/core";
import { knownModel, lookUp, type Price, type Rates } from "./models.js";

/** The counts of an answer, as the API writes them. Any may be missing in what a gateway sends. */
export interface TokenCounts {
  readonly input_tokens?: number | null | undefined;
  readonly output_tokens?: number | null | undefined;
  readonly cache_read_input_tokens?: number | null | undefined;
  readonly cache_creation_input_tokens?: number | null | undefined;
}

/** What a call took, by the model that answered. Without a price, no cost. */
export function usageOf(
  answered: string,
  counts: TokenCounts,
  { model: asked, prices }: { readonly model: string; readonly prices: Readonly<Record<string, Price>> },
): AgentUsage {
  const fresh = whole(counts.input_tokens);
  const cacheReadTokens = whole(counts.cache_read_input_tokens);
  const cacheWriteTokens = whole(counts.cache_creation_input_tokens);
  const outputTokens = whole(counts.output_tokens);
  // The API's `input_tokens` are those after the last cache breakpoint alone.
  const inputTokens = fresh + cacheReadTokens + cacheWriteTokens;
  const usage = {
    model: answered.slice(0, 200),
    inputTokens,
    outputTokens,
    cacheReadTokens,
    cacheWriteTokens,
  };
  const price = lookUp(prices, answered) ?? lookUp(prices, asked) ?? knownModel(answered)?.price;
  if (price === undefined) return usage;
  const { input, output, cacheRead = input * 0.1, cacheWrite = input * 1.25 } = ratesFor(price, inputTokens);
  const dollars =
    fresh * input + outputTokens * output + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite;
  return { ...usage, costUsd: dollars / 1_000_000 };
}

function ratesFor(price: Price, promptTokens: number): Rates {
  const { longPrompt } = price;
  return longPrompt !== undefined && promptTokens > longPrompt.aboveTokens ? longPrompt : price;
}

function whole(count: number | null | undefined): number {
  return Number.isSafeInteger(count) && (count as number) > 0 ? (count as number) : 0;
}
