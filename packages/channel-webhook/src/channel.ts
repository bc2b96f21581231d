import type { Channel, Clock, OutboundMessage, Plugin } from "@hybrid-orchestrator/core";
import { createSafeDispatcher, type SafeDispatcher, safeRequest } from "@hybrid-orchestrator/safe-http";
import { signStandardWebhook } from "@hybrid-orchestrator/signatures";
import { readOptions, type Settings, type WebhookChannelOptions } from "./config.js";
import { destinationOf, endpointOf } from "./endpoint.js";
import { outcomeOf } from "./outcome.js";
import { bodyOf, maxBodyBytes, webhookId } from "./payload.js";

/**
 * A channel that posts each message to an endpoint, signed by Standard Webhooks.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function webhookChannel(options: WebhookChannelOptions): Plugin {
  const settings = readOptions(options);
  const { name, policy, connectTimeoutMs, connectionsPerOrigin, ca, resolver } = settings;
  return {
    specVersion: 1,
    name,
    setup(host) {
      const dispatcher = createSafeDispatcher(policy, {
        connectTimeoutMs,
        connectionsPerOrigin,
        ...(ca !== undefined && { ca }),
        ...resolver,
      });
      // Not close, which waits for answers: whoever stops has waited as long as it wants.
      host.onStop(() => dispatcher.destroy());
      host.channel(createChannel(settings, dispatcher, host.clock));
    },
  };
}

function createChannel(settings: Settings, dispatcher: SafeDispatcher, clock: Pick<Clock, "now">): Channel {
  const { name, audience, format } = settings;
  return {
    name,
    capabilities: {
      // The receiver deduplicates by webhook-id, as the specification asks.
      idempotent: true,
      twoWay: false,
      statusCallbacks: false,
      richText: false,
      audience,
    },
    canReach: (recipient) => endpointOf(recipient, settings) !== undefined,
    destination: (recipient) => destinationOf(recipient, settings),

    async send(message, { signal, idempotencyKey }) {
      const endpoint = endpointOf(message.recipient, settings);
      if (endpoint === undefined)
        return { outcome: "permanent", reason: `The recipient has no address under "${name}".` };
      const body = bodyOf(message, format);
      const bytes = Buffer.byteLength(body);
      if (bytes >= maxBodyBytes)
        return {
          outcome: "permanent",
          reason: `The webhook's body would have ${bytes} bytes and must have less than ${maxBodyBytes}. Shorten the text or the metadata.`,
        };
      const id = webhookId(idempotencyKey);
      const signature = signatureOf(message, { id, body, now: clock.now() }, settings);
      if (signature === null)
        return { outcome: "misconfigured", reason: "secretsOf gave no secret that can sign." };

      const response = await safeRequest(endpoint, {
        dispatcher,
        method: "POST",
        headers: {
          "user-agent": "hybrid-orchestrator",
          ...lowerCased(settings.headers),
          "content-type": "application/json",
          ...signature,
        },
        body,
        signal,
        connectTimeoutMs: settings.connectTimeoutMs,
        headersTimeoutMs: settings.headersTimeoutMs,
        bodyTimeoutMs: settings.bodyTimeoutMs,
        maxBytes: settings.maxAnswerBytes,
      });
      const isConfigured = settings.url !== undefined;
      return outcomeOf(response, { webhookId: id, now: clock.now(), isConfigured });
    },
  };
}

/** The headers that sign; only the id where nothing signs; null where the secrets are of no use. */
function signatureOf(
  { recipient }: OutboundMessage,
  webhook: { readonly id: string; readonly body: string; readonly now: number },
  { secretsOf }: Settings,
): Record<string, string> | null {
  if (secretsOf === null) return { "webhook-id": webhook.id };
  try {
    return signStandardWebhook(webhook, secretsOf(recipient));
  } catch {
    // What was thrown is not told: it is the caller's function, and may name a secret.
    return null;
  }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
