import { OrchestratorError, type PluginHost, type Received } from "@hybrid-orchestrator/core";
import type { SlackClient } from "../client.js";
import type { Settings } from "../config.js";
import { escapeText } from "../text.js";
import { type Interaction, parseInteraction } from "./click.js";
import { parseEvent } from "./event.js";

export interface InboundParts {
  readonly settings: Settings;
  readonly client: SlackClient;
  readonly host: PluginHost;
}

/** What is done with events and clicks, whichever way they came. */
export interface Handlers {
  /** Resolves when the event is durable; with what to answer for a challenge. */
  event(json: unknown): Promise<"taken" | "malformed" | { readonly challenge: string }>;
  /** `recorded` resolves when the clicks are durable. */
  interaction(json: unknown): {
    readonly kind: "taken" | "malformed";
    readonly recorded: Promise<unknown>;
  };
}

export function inboundHandlers({ settings, client, host }: InboundParts): Handlers {
  const { name, markClicks } = settings;
  const underWay = new Set<Promise<unknown>>();
  host.onStop(async () => void (await Promise.all(underWay)));

  async function record(messages: Extract<Interaction, { kind: "clicks" }>["messages"]): Promise<Received[]> {
    const received: Received[] = [];
    for (const message of messages) received.push(await host.receive(message));
    return received;
  }

  /**
   * Shows at the message who clicked; a worker who answered a call by it is told what became of that, and the message is
   * rewritten when the call is over. For the eye alone: a failure is told and not repeated.
   */
  async function show(
    { rewrite: rewritten, responseUrl }: Extract<Interaction, { kind: "clicks" }>,
    received: readonly Received[],
  ): Promise<void> {
    if (responseUrl === undefined) return;
    const replies = received.flatMap((one) =>
      one.status === "acknowledged" || one.status === "refused" ? [one.reply] : [],
    );
    for (const reply of replies)
      if (reply !== null)
        await respond(responseUrl, {
          response_type: "ephemeral",
          replace_original: false,
          text: escapeText(reply),
        });
    if (replies.length > 0 || !markClicks || rewritten === undefined) return;
    if (received.every(({ status }) => status === "unmatched")) return;
    await respond(responseUrl, rewritten);
  }

  async function respond(responseUrl: string, body: object): Promise<void> {
    const response = await client.respond(responseUrl, body, host.signal);
    if (response.outcome === "answered" && response.status < 300) return;
    host.logger.warn("A message in Slack was not rewritten after a click.", {
      channel: name,
      ...(response.outcome === "answered" ? { status: response.status } : { code: response.error.code }),
    });
  }

  return {
    async event(json) {
      const parsed = parseEvent(json, name);
      switch (parsed.kind) {
        case "challenge":
          return { challenge: parsed.challenge };
        case "message":
          await host.receive(parsed.message);
          return "taken";
        case "ignored":
          return "taken";
        case "malformed":
          return "malformed";
      }
    },
    interaction(json) {
      const parsed = parseInteraction(json, name);
      switch (parsed.kind) {
        case "clicks": {
          const recorded = record(parsed.messages);
          const working = recorded.then((received) => show(parsed, received));
          // A failure in time is answered with an error, so that whoever clicked sees it; a later one is only told here.
          const told = working.catch((error: unknown) =>
            host.logger.error("A click in Slack was not recorded.", {
              channel: name,
              code: codeOf(error),
            }),
          );
          underWay.add(told);
          void told.then(() => underWay.delete(told));
          return { kind: "taken", recorded };
        }
        case "ignored":
          return { kind: "taken", recorded: Promise.resolve() };
        case "malformed":
          return { kind: "malformed", recorded: Promise.resolve() };
      }
    },
  };
}

export function codeOf(error: unknown): string {
  return OrchestratorError.isInstance(error) ? error.code : "internal";
}
