export { type ClaudeAgent, type ClaudeAgentOptions, type ClaudeAgentPlugin, claudeAgent } from "./agent.js";
export { type ClaudeAgentConfig, claudeAgentConfigSchema, defaultBannedPhrases } from "./config.js";
export type { SystemPrompt } from "./conversation.js";
export { descriptor } from "./descriptor.js";
export { defaultModel, type Price } from "./models.js";
export { defaultSystemPrompt, type Purpose, type SystemPromptContext } from "./prompt.js";
