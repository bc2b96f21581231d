import { costUsd, type TokenPrices, tokenCount } from "@hybrid-orchestrator/agent-kit";
import type { AgentUsage } from "@hybrid-orchestrator/core";
import { knownModel, lookUp } from "./models.js";

/** The counts of an answer, as the API writes them. Any may be missing in what a gateway sends. */
export interface TokenCounts {
  readonly input_tokens?: number | null | undefined;
  readonly output_tokens?: number | null | undefined;
  readonly cache_read_input_tokens?: number | null | undefined;
  readonly cache_creation_input_tokens?: number | null | undefined;
}

/** What the vendor takes for its cache of five minutes, where a price list says nothing else. */
const cacheShares = { read: 0.1, write: 1.25 };

/** What a call took, by the model that answered. Without a price, no cost. */
export function usageOf(
  answered: string,
  counts: TokenCounts,
  {
    model: asked,
    prices,
  }: { readonly model: string; readonly prices: Readonly<Record<string, TokenPrices>> },
): AgentUsage {
  const cacheReadTokens = tokenCount(counts.cache_read_input_tokens);
  const cacheWriteTokens = tokenCount(counts.cache_creation_input_tokens);
  const tokens = {
    // The API's `input_tokens` are those after the last cache breakpoint alone.
    inputTokens: tokenCount(counts.input_tokens) + cacheReadTokens + cacheWriteTokens,
    outputTokens: tokenCount(counts.output_tokens),
    cacheReadTokens,
    cacheWriteTokens,
  };
  const usage = { model: answered.slice(0, 200), ...tokens };
  const price = lookUp(prices, answered) ?? lookUp(prices, asked) ?? knownModel(answered)?.price;
  return price === undefined ? usage : { ...usage, costUsd: costUsd(price, tokens, cacheShares) };
}
