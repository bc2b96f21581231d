export {
  defaultBannedPhrases,
  defaultSystemPrompt,
  type Purpose,
  type SystemPrompt,
  type SystemPromptContext,
} from "@hybrid-orchestrator/agent-kit";
export { type ClaudeAgent, type ClaudeAgentOptions, type ClaudeAgentPlugin, claudeAgent } from "./agent.js";
export { type ClaudeAgentConfig, claudeAgentConfigSchema } from "./config.js";
export { descriptor } from "./descriptor.js";
export { defaultModel } from "./models.js";
