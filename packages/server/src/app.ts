import { createId } from "@hybrid-orchestrator/core";
import { type Context, Hono } from "hono";
import type { Mounted } from "./config.js";
import { createReadiness } from "./health/health.js";
import { createHooks, type HookParts } from "./hooks/hooks.js";
import { type Problems, problemsOf } from "./http/problem.js";
import { secure } from "./http/security-headers.js";

interface Environment {
  readonly Variables: { requestId: string; problem: Problems };
}

interface AppParts extends HookParts {
  readonly mounts: Readonly<Record<string, Mounted>>;
}

/** Everything that is served, and where. */
export function createApp({ mounts, ...parts }: AppParts): Hono<Environment> {
  const { orchestrator, workload } = parts;
  const hooks = createHooks(parts);
  const isReady = createReadiness(orchestrator);
  const app = new Hono<Environment>();

  app.use(async (context, next) => {
    const requestId = createId(orchestrator.clock.now());
    context.set("requestId", requestId);
    context.set("problem", problemsOf(requestId));
    await next();
    secure(context.res.headers, requestId);
  });

  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.all("/healthz", getOnly);

  app.get("/readyz", async ({ json, var: { problem } }) =>
    !workload.closing && (await isReady()) ? json({ status: "ready" }) : problem("unavailable"),
  );
  app.all("/readyz", getOnly);

  app.all("/hooks/*", ({ req, var: { requestId, problem } }) =>
    workload.closing
      ? problem("unavailable", { detail: "The server is closing." })
      : hooks({ request: req.raw, requestId, problem }),
  );

  for (const [path, mounted] of Object.entries(mounts))
    app.all(path, ({ req, var: { problem } }) =>
      workload.closing ? problem("unavailable", { detail: "The server is closing." }) : mounted(req.raw),
    );

  app.notFound(({ var: { problem } }) => problem("not_found", { detail: "Nothing is at this address." }));
  app.onError((error, { var: { requestId, problem } }) => {
    orchestrator.logger.error("A request failed.", { requestId, error: error.name });
    return problem("internal");
  });
  return app;
}

function getOnly({ var: { problem } }: Context<Environment>): Response {
  return problem("method_not_allowed", { headers: { allow: "GET, HEAD" } });
}
