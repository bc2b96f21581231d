import { OrchestratorError, type PluginHost, withTimeout } from "@hybrid-orchestrator/core";
import { readBytes } from "@hybrid-orchestrator/signatures";
import type { Settings } from "../config.js";
import type { Connection } from "../connection.js";
import { newScope } from "./scope.js";

const maxBytes = 1024 * 1024;
/** Platforms wait 10 s and longer; what takes more is sent again. */
const answerWithinMs = 9_000;

export interface RouteParts {
  readonly settings: Settings;
  readonly connection: Connection;
  readonly host: PluginHost;
}

/** Registers the route that the platform calls; GET for those that ask first whether it is ours. */
export function receiveRoutes({ settings: { name }, connection, host }: RouteParts): void {
  async function handle(request: Request): Promise<Response> {
    let body: Uint8Array<ArrayBuffer> | null;
    try {
      body = await readBytes(request, { maxBytes, signal: request.signal });
    } catch {
      return empty(400);
    }
    if (body === null) return empty(413);
    if (request.signal.aborted) return empty(408);
    const { method, url, headers } = request;
    return answer(new Request(url, { method, headers, ...(method !== "GET" && { body }) }));
  }

  async function answer(request: Request): Promise<Response> {
    const scope = newScope();
    let status = 503;
    try {
      const response = await withTimeout(
        { clock: host.clock, timeoutMs: answerWithinMs, name: "The adapter", signal: host.signal },
        () => connection.answer(request, scope),
      );
      if (!scope.failed) return response;
    } catch (error) {
      host.logger.error("A request from a platform could not be answered.", {
        channel: name,
        code: OrchestratorError.isInstance(error) ? error.code : "internal",
      });
      if (isMalformed(error) && !scope.failed) status = 400;
    }
    // As if it had never come, so that the platform's next try counts.
    await connection.forget(scope.claims);
    return empty(status);
  }

  host.route({ method: "POST", path: "/webhook", handle });
  host.route({ method: "GET", path: "/webhook", handle });
}

/** What the platform signed and its adapter cannot read; a TypeError with a cause is a failed fetch. */
function isMalformed(error: unknown): boolean {
  return error instanceof TypeError && error.cause === undefined;
}

function empty(status: number): Response {
  return new Response(null, { status });
}
