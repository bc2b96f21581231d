import { type PluginHost, parseJson, type Route } from "@hybrid-orchestrator/core";
import { githubVerifier, handleSigned, type Secrets, seenIds } from "@hybrid-orchestrator/signatures";
import type { Settings } from "./config.js";
import { type Reading, readEvent } from "./event.js";

/**
 * The route that GitHub calls. A repetition is told by the signature, which covers the body: `X-GitHub-Delivery` is not
 * signed, so whoever replays a body could write a new one. What comes later than that is told by the comment's id.
 */
export function webhookRoute(host: PluginHost, settings: Settings, secrets: Secrets): Route {
  const verify = githubVerifier(secrets);
  const seen = seenIds();
  return {
    method: "POST",
    path: "/webhook",
    handle: (request) =>
      handleSigned(
        request,
        {
          verify,
          seenIds: seen,
          now: host.clock.now(),
          signal: request.signal,
          onRefused: ({ reason, detail }) =>
            host.logger.warn("A webhook was refused.", { channel: settings.name, reason, detail }),
        },
        async ({ body, request: { headers } }) => {
          const payload = payloadOf(body, headers.get("content-type") ?? "");
          const reading: Reading =
            payload === undefined
              ? { kind: "malformed" }
              : readEvent(headers.get("x-github-event"), payload, settings);
          return respond(host, reading);
        },
      ),
  };
}

/** The answers can be read in GitHub's list of recent deliveries. */
async function respond(host: PluginHost, reading: Reading): Promise<Response> {
  switch (reading.kind) {
    case "ping":
      return Response.json({ status: "pong" });
    case "ignored":
      return Response.json({ status: "ignored", because: reading.because });
    case "malformed":
      return Response.json({ error: "malformed" }, { status: 400 });
    case "message": {
      const { status } = await host.receive(reading.message);
      return Response.json({ status });
    }
  }
}

/** GitHub sends JSON or, if the webhook is set so, a form with the JSON in one field. */
function payloadOf(body: string, contentType: string): unknown {
  const isForm = contentType.toLowerCase().startsWith("application/x-www-form-urlencoded");
  const json = isForm ? new URLSearchParams(body).get("payload") : body;
  return json === null ? undefined : parseJson(json);
}
