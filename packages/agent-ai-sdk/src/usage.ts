import { costUsd, tokenCount } from "@hybrid-orchestrator/agent-kit";
import type { AgentOptions } from "@hybrid-orchestrator/core";
import type { LanguageModelUsage } from "ai";
import type { AiSdkAgentSettings } from "./config.js";

/** Tells of each call of a model as it ends. One that failed is told without tokens: nobody knows how many it took. */
export interface Meter {
  began(): void;
  ended(step: { readonly usage: LanguageModelUsage; readonly response: { readonly modelId: string } }): void;
  /** After all: what began and has not ended has failed. */
  close(): void;
}

export function meter(
  { model, prices }: Pick<AiSdkAgentSettings, "model" | "prices">,
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
        inputTokens: tokenCount(usage.inputTokens),
        outputTokens: tokenCount(usage.outputTokens),
        cacheReadTokens: tokenCount(usage.inputTokenDetails?.cacheReadTokens),
        cacheWriteTokens: tokenCount(usage.inputTokenDetails?.cacheWriteTokens),
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
