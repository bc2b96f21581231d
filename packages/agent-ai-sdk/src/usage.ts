import { costUsd, type TokenPrices } from "@hybrid-orchestrator/agent-kit";
import type { AgentOptions } from "@hybrid-orchestrator/core";
import type { LanguageModel, LanguageModelUsage } from "ai";

/** Tells of each call of a model as it ends. One that failed is told without tokens: nobody knows how many it took. */
export interface Meter {
  began(): void;
  ended(step: { readonly usage: LanguageModelUsage; readonly response: { readonly modelId: string } }): void;
  /** After all: what began and has not ended has failed. */
  close(): void;
}

export function meter(
  model: LanguageModel,
  prices: TokenPrices | undefined,
  report: AgentOptions["reportUsage"],
): Meter {
  let underWay = 0;
  const configured = typeof model === "string" ? model : model.modelId;
  return {
    began() {
      underWay += 1;
    },
    ended({ usage, response }) {
      underWay -= 1;
      const tokens = {
        inputTokens: whole(usage.inputTokens),
        outputTokens: whole(usage.outputTokens),
        cacheReadTokens: whole(usage.inputTokenDetails?.cacheReadTokens),
        cacheWriteTokens: whole(usage.inputTokenDetails?.cacheWriteTokens),
      };
      report?.({
        model: (response.modelId || configured).slice(0, 200),
        ...tokens,
        ...(prices !== undefined && { costUsd: costUsd(prices, tokens) }),
      });
    },
    close() {
      for (; underWay > 0; underWay -= 1)
        report?.({ model: configured.slice(0, 200), inputTokens: 0, outputTokens: 0 });
    },
  };
}

/** Providers leave counts out, and some send what is no count. */
function whole(count: number | undefined): number {
  return count !== undefined && Number.isFinite(count) && count > 0 ? Math.round(count) : 0;
}
