import type { AgentOptions } from "@hybrid-orchestrator/core";
import type { ClaudeSettings } from "./config.js";
import { type TokenCounts, usageOf } from "./usage.js";

/** Told of each call of the model as it ends, however it ends. */
export type Reporter = (model: string | undefined, counts: TokenCounts | null | undefined) => void;

/** A call that failed before its counts were told is reported without tokens: nobody knows how many it took. */
export function reporter({ reportUsage }: AgentOptions, settings: ClaudeSettings): Reporter {
  return (model, counts) => reportUsage?.(usageOf(model || settings.model, counts ?? {}, settings));
}
