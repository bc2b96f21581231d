import { randomBytes } from "node:crypto";
import { createRequestStateCodec } from "@modelcontextprotocol/server";
import type { Parts } from "./build.js";
import { type McpServerOptions, readOptions } from "./config.js";
import { type HttpOptions, type McpEndpoint, serveHttp } from "./http/serve-http.js";
import { type McpConnection, type StdioOptions, serveStream } from "./stdio.js";
import { Waits } from "./waiting/waits.js";

/** An orchestrator, as MCP clients use it. */
export interface McpOrchestrator {
  /** For a client that started this process: JSON-RPC over standard input and output. */
  stdio(options?: StdioOptions): McpConnection;
  /** For clients elsewhere: streamable HTTP, as a function from Request to Response that any server can mount. */
  http(options: HttpOptions): McpEndpoint;
}

/**
 * Gives MCP clients external memory and a human to turn to. Nothing is kept in it: sessions, escalations and approvals
 * are the orchestrator's, so that any process over the same storage can serve the next request.
 * @throws OrchestratorError `invalid_configuration`
 */
export function createMcpServer(options: McpServerOptions): McpOrchestrator {
  const settings = readOptions(options);
  const { orchestrator } = options;
  const parts: Parts = {
    orchestrator,
    settings,
    logger: orchestrator.logger,
    waits: new Waits(settings.maxWaits),
    codec: createRequestStateCodec({
      key: settings.stateKey ?? randomBytes(32),
      ttlSeconds: settings.elicitationSeconds,
      bind: (context) => `${context.mcpReq.method}\0${context.http?.authInfo?.clientId ?? ""}`,
    }),
  };
  return {
    stdio: (given = {}) => serveStream(parts, given),
    http: (given) => serveHttp(parts, given),
  };
}
