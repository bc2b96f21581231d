import { parseJson } from "@hybrid-orchestrator/core";
import { handleSigned, seenIds, slackVerifier } from "@hybrid-orchestrator/signatures";
import { eventIdOf } from "./event.js";
import type { Handlers, InboundParts } from "./handlers.js";
import { settlesWithin } from "./settles-within.js";

/** Slack shows an error at the button unless the click is answered within 3 s. */
const answerWithinMs = 2_500;
const maxBytes = 1024 * 1024;
const statuses = { taken: 200, malformed: 400 } as const;

/** Registers the routes for messages and clicks, where there is a secret to check them with. */
export function receiveRoutes({ settings, host }: InboundParts, handlers: Handlers): void {
  const { signingSecret } = settings;
  if (signingSecret === undefined) return;
  const verify = slackVerifier(signingSecret);

  const signed = (
    kind: string,
    handle: (body: string) => Promise<Response>,
    replayId?: (body: string) => string | undefined,
  ) => {
    const seen = seenIds();
    return (request: Request) =>
      handleSigned(
        request,
        {
          verify,
          now: host.clock.now(),
          maxBytes,
          seenIds: seen,
          signal: request.signal,
          replayId: ({ body }) => replayId?.(body),
          onRefused: ({ reason }) =>
            host.logger.warn("A request in Slack's name was refused.", { kind, reason }),
        },
        ({ body }) => handle(body),
      );
  };

  async function event(body: string): Promise<Response> {
    const handled = await handlers.event(parseJson(body));
    return typeof handled === "object" ? Response.json(handled) : empty(statuses[handled]);
  }

  async function interaction(body: string): Promise<Response> {
    const { kind, recorded } = handlers.interaction(
      parseJson(new URLSearchParams(body).get("payload") ?? ""),
    );
    await settlesWithin(recorded, answerWithinMs, host.clock);
    return empty(statuses[kind]);
  }

  host.route({
    method: "POST",
    path: "/events",
    handle: signed("event", event, (body) => eventIdOf(parseJson(body))),
  });
  host.route({ method: "POST", path: "/interactivity", handle: signed("interaction", interaction) });
}

function empty(status: number): Response {
  return new Response(null, { status });
}
