import { OrchestratorError, type PluginHost, type Received } from "@hybrid-orchestrator/core";
import { handleSigned, seenIds, slackVerifier } from "@hybrid-orchestrator/signatures";
import type { SlackClient } from "../client.js";
import type { Settings } from "../config.js";
import { type Interaction, parseInteraction } from "./click.js";
import { eventIdOf, parseEvent } from "./event.js";
import { settlesWithin } from "./settles-within.js";

export interface InboundParts {
  readonly settings: Settings;
  readonly client: SlackClient;
  readonly host: PluginHost;
}

/** Slack shows an error at the button unless the click is answered within 3 s. */
const answerWithinMs = 2_500;
const maxBytes = 1024 * 1024;

/** Registers the routes for messages and clicks, where there is a secret to check them with. */
export function receiveRoutes({ settings, client, host }: InboundParts): void {
  const { name, signingSecret, markClicks } = settings;
  if (signingSecret === undefined) return;
  const verify = slackVerifier(signingSecret);
  const underWay = new Set<Promise<unknown>>();

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
    const parsed = parseEvent(body, name);
    switch (parsed.kind) {
      case "challenge":
        return Response.json({ challenge: parsed.challenge });
      case "message":
        await host.receive(parsed.message);
        return empty(200);
      case "ignored":
        return empty(200);
      case "malformed":
        return empty(400);
    }
  }

  async function interaction(body: string): Promise<Response> {
    const parsed = parseInteraction(body, name);
    switch (parsed.kind) {
      case "clicks": {
        const recording = record(parsed.messages);
        const working = recording.then((received) => rewrite(parsed, received));
        // A failure in time is answered with an error, so that whoever clicked sees it; a later one is only told here.
        const told = working.catch((error: unknown) =>
          host.logger.error("A click in Slack was not recorded.", {
            channel: name,
            code: OrchestratorError.isInstance(error) ? error.code : "internal",
          }),
        );
        underWay.add(told);
        void told.then(() => underWay.delete(told));
        await settlesWithin(recording, answerWithinMs, host.clock);
        return empty(200);
      }
      case "ignored":
        return empty(200);
      case "malformed":
        return empty(400);
    }
  }

  async function record(messages: Extract<Interaction, { kind: "clicks" }>["messages"]): Promise<Received[]> {
    const received: Received[] = [];
    for (const message of messages) received.push(await host.receive(message));
    return received;
  }

  /** Shows at the message who clicked. For the eye alone: a failure is told and not repeated. */
  async function rewrite(
    { rewrite: rewritten }: Extract<Interaction, { kind: "clicks" }>,
    received: readonly Received[],
  ): Promise<void> {
    if (!markClicks || rewritten === undefined) return;
    if (received.every(({ status }) => status === "unmatched")) return;
    const response = await client.respond(rewritten.responseUrl, rewritten.body, host.signal);
    if (response.outcome === "answered" && response.status < 300) return;
    host.logger.warn("A message in Slack was not rewritten after a click.", {
      channel: name,
      ...(response.outcome === "answered" ? { status: response.status } : { code: response.error.code }),
    });
  }

  host.route({ method: "POST", path: "/events", handle: signed("event", event, eventIdOf) });
  host.route({ method: "POST", path: "/interactivity", handle: signed("interaction", interaction) });
  host.onStop(async () => void (await Promise.all(underWay)));
}

function empty(status: number): Response {
  return new Response(null, { status });
}
