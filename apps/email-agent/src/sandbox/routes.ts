import { getConnInfo } from "@hono/node-server/conninfo";
import { Hono } from "hono";
import { isLoopback } from "../settings.js";
import { renderPage } from "./page.js";
import type { Sandbox } from "./server.js";

/** What the sandbox holds: `/sandbox` for people, `/sandbox/messages` for programs. */
export function sandboxRoutes(
  sandbox: Sandbox,
  isAuthorized: (authorization: string | undefined) => boolean,
): Hono {
  const app = new Hono();
  app.use("*", async (c, next) => {
    // A browser on this machine needs no key. The name it asked for is looked at too: a foreign page could have had
    // its own name resolve to this machine.
    const remote = getConnInfo(c).remote.address ?? "";
    const isLocal = isLoopback(remote.replace(/^::ffff:/, "")) && isLoopback(new URL(c.req.url).hostname);
    if (!isLocal && !isAuthorized(c.req.header("authorization")))
      return c.json(
        { success: false, code: "unauthorized", error: "The sandbox is for this machine alone." },
        401,
      );
    c.header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Cache-Control", "no-store");
    return next();
  });
  app.get("/", (c) => c.html(renderPage(sandbox.mails())));
  app.get("/messages", (c) => c.json(sandbox.mails()));
  return app;
}
