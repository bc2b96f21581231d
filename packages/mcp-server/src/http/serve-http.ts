import { createMcpHandler, originValidationResponse, validateHostHeader } from "@modelcontextprotocol/server";
import { buildServer, type Parts } from "../build.js";
import { createAuthenticate } from "./authenticate.js";
import { type HttpOptions, readHttpOptions } from "./options.js";
import { refusal } from "./refusal.js";
import { createSlots } from "./slots.js";

export type { HttpOptions } from "./options.js";

export interface McpEndpoint extends AsyncDisposable {
  /** Answers one request; the answer may be a stream. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Ends what waits, and takes nothing more. */
  close(): Promise<void>;
}

/**
 * Streamable HTTP. Each request is served by a server of its own and carries all that is needed, so there are no
 * protocol sessions to keep, to steal or to lose: what lasts is in the orchestrator.
 * @throws OrchestratorError `invalid_configuration`
 */
export function serveHttp(parts: Parts, options: HttpOptions): McpEndpoint {
  const settings = readHttpOptions(options);
  const { logger, orchestrator } = parts;
  const authenticate = createAuthenticate(settings, orchestrator.clock);
  const slots = createSlots(settings.maxRequests);
  const ended = new AbortController();
  const handler = createMcpHandler(
    ({ authInfo }) => buildServer(parts, { name: authInfo?.clientId ?? "anonymous" }),
    {
      legacy: settings.legacy === "serve" ? "stateless" : "reject",
      maxRequestBodySize: settings.maxBodyBytes,
      // They are acknowledged, as the protocol wants it, and nothing comes: what changes is waited for by await_human.
      maxSubscriptions: Math.ceil(settings.maxRequests / 8),
      onerror: (error) => logger.debug("MCP over HTTP: refused or failed.", { error: error.message }),
    },
  );

  async function serve(given: Request): Promise<Response> {
    if (ended.signal.aborted) return refusal(503, "The server is closing.", { "retry-after": "5" });
    const host = given.headers.get("host") ?? new URL(given.url).host;
    if (!validateHostHeader(host, settings.allowedHosts).ok)
      return refusal(403, "This server is not called by that host name.");
    const foreign = originValidationResponse(given, settings.allowedOrigins);
    if (foreign !== undefined) return refusal(403, "Pages of that origin may not call this server.");
    const authInfo = await authenticate(given);
    if (authInfo instanceof Response) return authInfo;
    const release = slots.take();
    if (release === null) return refusal(503, "Too many requests wait here.", { "retry-after": "1" });
    const request = withSignal(given, AbortSignal.any([given.signal, ended.signal]));
    try {
      return slots.until(await handler.fetch(request, { authInfo }), release);
    } catch (error) {
      release();
      throw error;
    }
  }

  let closing: Promise<void> | null = null;
  const close = () => {
    ended.abort();
    closing ??= handler.close();
    return closing;
  };
  return {
    async fetch(request) {
      try {
        return await serve(request);
      } catch (error) {
        if (request.signal.aborted) return refusal(503, "The request was given up.");
        logger.error("MCP over HTTP failed.", { error: error instanceof Error ? error.message : "unknown" });
        return refusal(500, "The server failed.");
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Made from its parts, because a server may hand over a request that only looks like one of the platform's. */
function withSignal({ url, method, headers, body }: Request, signal: AbortSignal): Request {
  return new Request(url, {
    method,
    headers,
    signal,
    ...(body !== null && method !== "GET" && method !== "HEAD" && { body, duplex: "half" }),
  });
}
