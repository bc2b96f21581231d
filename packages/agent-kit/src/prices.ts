import type { AgentUsage } from "@hybrid-orchestrator/core";
import { z } from "zod";

const price = z.number().nonnegative();

const ratesSchema = z.strictObject({
  input: price,
  output: price,
  /** Default: the price of input, or what the vendor usually takes. */
  cacheRead: price.optional(),
  /** As `cacheRead`. */
  cacheWrite: price.optional(),
});
type Rates = z.infer<typeof ratesSchema>;

/** US dollars for a million tokens. */
export const tokenPricesSchema = ratesSchema.extend({
  /** Other rates for a whole request whose prompt is longer. */
  longPrompt: ratesSchema.extend({ aboveTokens: z.int().positive() }).optional(),
});
export type TokenPrices = z.infer<typeof tokenPricesSchema>;

type Tokens = Pick<AgentUsage, "inputTokens" | "outputTokens" | "cacheReadTokens" | "cacheWriteTokens">;

/** What a vendor takes for its cache, as parts of the price of input, where a price list does not say. */
export interface CacheShares {
  readonly read: number;
  readonly write: number;
}

/** What a call cost. `inputTokens` counts those from and into a cache too, as in {@link AgentUsage}. */
export function costUsd(
  prices: TokenPrices,
  tokens: Tokens,
  cacheShares: CacheShares = { read: 1, write: 1 },
): number {
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = tokens;
  const { input, output, ...cache } = ratesFor(prices, inputTokens);
  const { cacheRead = input * cacheShares.read, cacheWrite = input * cacheShares.write } = cache;
  const fresh = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens);
  const millionths =
    fresh * input + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite + outputTokens * output;
  return millionths / 1_000_000;
}

function ratesFor(prices: TokenPrices, promptTokens: number): Rates {
  const { longPrompt } = prices;
  return longPrompt !== undefined && promptTokens > longPrompt.aboveTokens ? longPrompt : prices;
}

/** A count as a provider sends it: some leave it out, and some send what is none. */
export function tokenCount(count: unknown): number {
  return typeof count === "number" && Number.isFinite(count) && count > 0 ? Math.round(count) : 0;
}
