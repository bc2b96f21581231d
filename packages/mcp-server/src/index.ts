export {
  type ApprovalWay,
  type McpClient,
  type McpServerOptions,
  mcpServerSettingsSchema,
  type SessionAccess,
} from "./config.js";
export { type HttpAuth, type HttpOptions, httpOptionsSchema, type Verified } from "./http/options.js";
export type { McpEndpoint } from "./http/serve-http.js";
export { createMcpServer, type McpOrchestrator } from "./server.js";
export type { McpConnection, StdioOptions } from "./stdio.js";
