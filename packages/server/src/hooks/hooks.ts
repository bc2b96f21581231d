import { type JsonObject, OrchestratorError, withTimeout } from "@hybrid-orchestrator/core";
import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";
import { readBytes } from "@hybrid-orchestrator/signatures";
import type { Settings } from "../config.js";
import type { Problems } from "../http/problem.js";
import type { Workload } from "../listen/workload.js";
import { describeError } from "./describe-error.js";
import { findRoute, type PluginRoute } from "./find-route.js";
import { handlerRequest, type Read } from "./handler-request.js";
import { handlerResponse } from "./handler-response.js";
import { createPlaces } from "./places.js";

export interface HookParts {
  readonly orchestrator: Orchestrator;
  readonly settings: Settings;
  readonly workload: Workload;
}

export interface Asked {
  readonly request: Request;
  readonly requestId: string;
  readonly problem: Problems;
}

/** Serves `/hooks/PLUGIN/PATH`. Routes are looked up at each request, since plugins come and go. */
export function createHooks({ orchestrator, settings, workload }: HookParts) {
  const places = createPlaces(settings.maxConcurrentHooks);

  return async function answer(asked: Asked): Promise<Response> {
    const { request, problem } = asked;
    const found = findRoute(orchestrator.routes, request.method, new URL(request.url).pathname);
    switch (found.kind) {
      case "nothing":
        // Vendors take a 404 for final and stop calling; before the start and after the stop there are no routes.
        return problem(orchestrator.ready ? "not_found" : "unavailable", {
          detail: orchestrator.ready ? "No plugin has a route at this address." : "No plugin is running.",
        });
      case "wrong_method":
        return problem("method_not_allowed", { headers: { allow: found.allowed.join(", ") } });
      case "route":
        return serve(found.route, asked);
      default:
        return found satisfies never;
    }
  };

  async function serve(route: PluginRoute, asked: Asked): Promise<Response> {
    const { request, problem } = asked;
    const body = await bodyOf(request);
    if (body === "broken") return problem("invalid_argument", { detail: "The body did not arrive whole." });
    if (body === "too_large") {
      return problem("data_too_large", {
        detail: `The body is larger than ${settings.maxHookBodyBytes} bytes.`,
      });
    }
    // Only now, so that clients which send slowly cannot keep a plugin's places.
    const leave = places.take(route.plugin);
    if (leave === null) {
      orchestrator.logger.warn("A plugin has no place for another request.", fieldsOf(route, asked));
      return problem("unavailable", {
        detail: "Too many requests to this plugin are under way.",
        headers: { "retry-after": "1" },
      });
    }
    try {
      return await withTimeout(
        {
          clock: orchestrator.clock,
          timeoutMs: settings.hookTimeoutMs,
          name: "It",
          signal: workload.signal,
          interruption: () => new OrchestratorError("unavailable", "The server is closing."),
        },
        (signal) => {
          const work = run(route, request, { body, signal });
          // Even when nobody waits for it any more: a handler that goes on keeps its place, so that they stay bounded.
          work.then(leave, leave);
          return work;
        },
      );
    } catch (error) {
      const fields = { ...fieldsOf(route, asked), ...describeError(error) };
      orchestrator.logger.error("The handler of a route failed.", fields);
      return problem(problemCodeOf(error));
    }
  }

  async function run(route: PluginRoute, request: Request, read: Read): Promise<Response> {
    return handlerResponse(await route.handle(handlerRequest(request, read, settings)));
  }

  async function bodyOf(request: Request): Promise<Uint8Array<ArrayBuffer> | "too_large" | "broken"> {
    if (request.method === "GET" || request.method === "HEAD") return new Uint8Array();
    try {
      return (await readBytes(request, { maxBytes: settings.maxHookBodyBytes })) ?? "too_large";
    } catch {
      // Whatever it was, the client went away or sent no proper body.
      return "broken";
    }
  }
}

/** Which of what a handler threw a vendor should answer by trying again. */
function problemCodeOf(error: unknown): "timeout" | "unavailable" | "internal" {
  if (!OrchestratorError.isInstance(error)) return "internal";
  if (error.code === "timeout") return "timeout";
  const again = error.retryable || error.code === "not_running" || error.code === "storage_closed";
  return again ? "unavailable" : "internal";
}

function fieldsOf({ plugin, method, path }: PluginRoute, { requestId }: Asked): JsonObject {
  return { requestId, plugin, route: `${method} ${path}` };
}
