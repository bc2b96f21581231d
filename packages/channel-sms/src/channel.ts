import {
  type Channel,
  OrchestratorError,
  type OutboundMessage,
  type Plugin,
  parseWith,
  type SendOptions,
  type SendResult,
} from "@hybrid-orchestrator/core";
import {
  checkUrl,
  createSafeDispatcher,
  createUrlPolicy,
  type SafeDispatcher,
  safeRequest,
} from "@hybrid-orchestrator/safe-http";
import { readAnswer } from "./answer.js";
import { type SmsChannelConfig, type SmsSettings, smsChannelConfigSchema } from "./config.js";
import { hooks } from "./hooks.js";
import { numberOf } from "./number.js";
import { createMessageRequest } from "./request.js";
import { countSegments, segmentUnits } from "./segments.js";

/** The most that Twilio takes as one message: twilio.com/docs/messaging/api/message-resource, `Body`. */
const maxCharacters = 1_600;

/**
 * A channel for text messages through Twilio, with the hooks `/inbound` and `/status`.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function smsChannel(config: SmsChannelConfig): Plugin {
  const settings = parseWith(smsChannelConfigSchema, config, {
    name: "SMS channel's configuration",
    code: "invalid_configuration",
  });
  requireAllowed(settings);
  return {
    specVersion: 1,
    name: settings.name,
    setup(host) {
      const dispatcher = createSafeDispatcher({ trustedOrigins: settings.trustedOrigins });
      host.onStop(() => dispatcher.close());
      host.channel(channelOf(settings, { dispatcher, now: () => host.clock.now() }));
      for (const route of hooks(host, settings)) host.route(route);
    },
  };
}

interface Surroundings {
  readonly dispatcher: SafeDispatcher;
  readonly now: () => number;
}

function channelOf(settings: SmsSettings, { dispatcher, now }: Surroundings): Channel {
  const { name, audience, timeoutMs } = settings;

  async function send(message: OutboundMessage, { signal }: SendOptions): Promise<SendResult> {
    const to = numberOf(message.recipient, settings);
    if (to === undefined) return permanent("the recipient has no valid telephone number");
    const obstacle = obstacleIn(message.content, settings);
    if (obstacle !== undefined) return permanent(obstacle);
    const request = createMessageRequest(settings, {
      to,
      text: message.content,
      deliveryId: message.deliveryId,
    });
    const response = await safeRequest(request.url, {
      dispatcher,
      method: "POST",
      headers: request.headers,
      body: request.body,
      signal,
      connectTimeoutMs: timeoutMs,
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      maxBytes: 64 * 1024,
    });
    return readAnswer(response, now());
  }

  return {
    name,
    capabilities: {
      // Twilio has no key by which a second request would be known as the first.
      idempotent: false,
      twoWay: true,
      statusCallbacks: settings.publicUrl !== undefined,
      answers: "words",
      maxLength: maxLength(settings),
      richText: false,
      audience,
    },
    send,
    canReach: (recipient) => numberOf(recipient, settings) !== undefined,
    destination: (recipient) => numberOf(recipient, settings),
  };
}

function permanent(reason: string): SendResult {
  return { outcome: "permanent", reason };
}

/** Why this text cannot leave. */
function obstacleIn(text: string, { maxSegments }: SmsSettings): string | undefined {
  if (text.trim() === "") return "the message has no text";
  if (text.length > maxCharacters)
    return `the text has ${text.length} characters; Twilio takes ${maxCharacters} at most`;
  if (maxSegments === undefined) return undefined;
  const { segments, encoding } = countSegments(text);
  if (segments <= maxSegments) return undefined;
  return `the text has ${segments} segments in ${encoding}; maxSegments allows ${maxSegments}`;
}

/** What fits in the best case, in GSM-7; a text with other characters may be shorter and still too long. */
function maxLength({ maxSegments }: SmsSettings): number {
  if (maxSegments === undefined) return maxCharacters;
  const [alone, joined] = segmentUnits["GSM-7"];
  return Math.min(maxCharacters, maxSegments === 1 ? alone : maxSegments * joined);
}

function requireAllowed({ baseUrl, trustedOrigins }: SmsSettings): void {
  const check = checkUrl(baseUrl, createUrlPolicy({ trustedOrigins }));
  if (!check.allowed)
    throw new OrchestratorError(
      "invalid_configuration",
      `The SMS channel's baseUrl cannot be used. ${check.message} Pass a public https URL, or name its origin in trustedOrigins.`,
    );
}
