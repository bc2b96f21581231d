export {
  defaultBannedPhrases,
  defaultSystemPrompt,
  type Purpose,
  type SystemPrompt,
  type SystemPromptContext,
} from "@hybrid-orchestrator/agent-kit";
export { type AiSdkAgent, type AiSdkAgentOptions, type AiSdkAgentPlugin, aiSdkAgent } from "./agent.js";
export { type AiSdkAgentConfig, aiSdkAgentConfigSchema, type ProviderOptions } from "./config.js";
export {
  type BotTurn,
  type HandoffOptions,
  type HandoffRequest,
  type HandoffTurn,
  withHumanHandoff,
} from "./handoff/handoff.js";
export type { HandoffOrchestrator, Silence } from "./handoff/orchestrator.js";
export type { BotReply } from "./handoff/turn.js";
