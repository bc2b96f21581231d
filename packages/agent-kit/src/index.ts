export { type DocumentOptions, type ModelInput, sessionDocument } from "./document.js";
export { couldNotDecide, type Failure, failureError, failureIn } from "./failure.js";
export { type FenceName, fenced, fencesIn } from "./fence.js";
export { type MessageCheck, type MessageRules, messageCheck } from "./message-rules.js";
export { checkedPieces } from "./pieces.js";
export { type AgentPluginParts, agentPlugin, type CodeOptions, readAgentOptions } from "./plugin.js";
export {
  type CacheShares,
  costUsd,
  type TokenPrices,
  tokenCount,
  tokenPricesSchema,
} from "./prices.js";
export { type Privacy, privacyOf } from "./privacy.js";
export {
  defaultSystemPrompt,
  type ModelPrompt,
  modelPrompt,
  type PromptOptions,
  type Purpose,
  type SystemPrompt,
  type SystemPromptContext,
  shapeInWords,
} from "./prompt.js";
export { decisionAnswerSchema, readDecision } from "./read-decision.js";
export type { Reading } from "./reading.js";
export {
  defaultBannedPhrases,
  type ModelAgentSettings,
  modelAgentSettingsSchema,
  modelAgentShape,
} from "./settings.js";
export { readSummary, summarySchema } from "./summary.js";
export {
  type ToolAnswer,
  type ToolCall,
  type ToolRunner,
  toolAnswer,
  toolRunner,
  toolsByName,
} from "./tools.js";
