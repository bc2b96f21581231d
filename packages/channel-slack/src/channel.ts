import {
  type Channel,
  type Clock,
  type Plugin,
  parseWith,
  type SendResult,
  systemClock,
} from "@hybrid-orchestrator/core";
import { destinationOf, placeOf } from "./address.js";
import { type SlackClient, slackClient } from "./client.js";
import { type Settings, type SlackChannelConfig, slackChannelConfigSchema } from "./config.js";
import { inboundHandlers } from "./inbound/handlers.js";
import { receiveRoutes } from "./inbound/routes.js";
import { receiveSocket } from "./inbound/socket.js";
import { answerOf, refusedBeforehand, sendResultOf } from "./outcome.js";
import { maxTextLength, messageBody, postMessageBody, type Writable } from "./payload.js";

export interface MessageUpdate extends Pick<Writable, "content" | "subject"> {
  /** The `externalId` of the attempt that sent it. */
  readonly externalId: string;
}

/** The plugin, and the channel itself for `channels.register`. */
export type SlackChannelPlugin = Plugin & {
  readonly channel: Channel;
  /** Rewrites a message that was sent, without its buttons. Tries once. */
  updateMessage(update: MessageUpdate, options?: { readonly signal?: AbortSignal }): Promise<SendResult>;
};

/**
 * A channel to people and teams in Slack.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function slackChannel(config: SlackChannelConfig): SlackChannelPlugin {
  const settings = parseWith(slackChannelConfigSchema, config, {
    name: "Slack channel's configuration",
    code: "invalid_configuration",
  });
  const client = slackClient(settings);
  let clock: Clock = systemClock;
  const now = () => clock.now();
  const channel = channelOver({ settings, client, now });

  return {
    specVersion: 1,
    name: settings.name,
    channel,
    async setup(host) {
      clock = host.clock;
      host.onStop(() => client.close());
      host.channel(channel);
      const inbound = { settings, client, host };
      const handlers = inboundHandlers(inbound);
      receiveRoutes(inbound, handlers);
      await receiveSocket(inbound, handlers);
    },
    updateMessage: (update, { signal } = {}) => rewrite({ client, now }, update, signal),
  };
}

async function rewrite(
  { client, now }: Pick<ChannelParts, "client" | "now">,
  { externalId, content, subject }: MessageUpdate,
  signal: AbortSignal | undefined,
): Promise<SendResult> {
  const place = placeOf(externalId);
  if (place === undefined)
    return { outcome: "permanent", reason: "the externalId names no message in Slack" };
  let body: object;
  try {
    const written = {
      content,
      metadata: {},
      deliveryId: "",
      sessionId: "",
      ...(subject !== undefined && { subject }),
    };
    body = { channel: place.conversation, ts: place.ts, ...messageBody(written) };
  } catch (error) {
    return refusedBeforehand(error);
  }
  return sendResultOf(await client.call("chat.update", body, signal), now());
}

interface ChannelParts {
  readonly settings: Settings;
  readonly client: SlackClient;
  now(): number;
}

function channelOver({ settings, client, now }: ChannelParts): Channel {
  const { name, audience, signingSecret, appToken } = settings;
  const hears = signingSecret !== undefined || appToken !== undefined;
  return {
    name,
    capabilities: {
      // Slack documents no key for repeated posts.
      idempotent: false,
      twoWay: hears,
      statusCallbacks: false,
      threads: true,
      ...(hears && { answers: "buttons" as const }),
      maxLength: maxTextLength,
      richText: true,
      audience,
    },
    canReach: (recipient) => destinationOf(recipient, settings) !== undefined,
    destination: (recipient) => destinationOf(recipient, settings),
    async send(message, { signal }) {
      const destination = destinationOf(message.recipient, settings);
      if (destination === undefined) return { outcome: "permanent", reason: "the recipient has no Slack id" };
      let body: object;
      try {
        body = postMessageBody(message, destination);
      } catch (error) {
        return refusedBeforehand(error);
      }
      return sendResultOf(await client.call("chat.postMessage", body, signal), now());
    },
    update: ({ content, subject }, { externalId, signal }) =>
      rewrite({ client, now }, { externalId, content, ...(subject !== undefined && { subject }) }, signal),
    async health() {
      const response = await client.call("auth.test", {});
      if (response.outcome !== "answered") return { healthy: false, detail: response.error.message };
      const answer = answerOf(response);
      if (answer?.ok) return { healthy: true };
      const result = sendResultOf(response, now());
      return { healthy: false, ...("reason" in result && { detail: result.reason }) };
    },
  };
}
