import type { AgentUsage } from "@hybrid-orchestrator/core";
import { z } from "zod";

const price = z.number().nonnegative();

/** US dollars for a million tokens. */
export const tokenPricesSchema = z.strictObject({
  input: price,
  output: price,
  /** Default: the price of input. */
  cacheRead: price.optional(),
  /** Default: the price of input. */
  cacheWrite: price.optional(),
});
export type TokenPrices = z.infer<typeof tokenPricesSchema>;

type Tokens = Pick<AgentUsage, "inputTokens" | "outputTokens" | "cacheReadTokens" | "cacheWriteTokens">;

/** What a call cost. `inputTokens` counts those from and into a cache too, as in {@link AgentUsage}. */
export function costUsd(prices: TokenPrices, tokens: Tokens): number {
  const { input, output, cacheRead = input, cacheWrite = input } = prices;
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = tokens;
  const fresh = Math.max(0, inputTokens - cacheReadTokens - cacheWriteTokens);
  const millionths =
    fresh * input + cacheReadTokens * cacheRead + cacheWriteTokens * cacheWrite + outputTokens * output;
  return millionths / 1_000_000;
}
