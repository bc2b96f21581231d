import { addressOn, type Channel, type Plugin, parseWith } from "@hybrid-orchestrator/core";
import { createSafeDispatcher, type SafeDispatcher, safeRequest } from "@hybrid-orchestrator/safe-http";
import { type SampleNameChannelConfig, type Settings, sampleNameChannelConfigSchema } from "./config.js";
import { outcomeOf } from "./outcome.js";
import { requestFor } from "./request.js";

/**
 * A channel that posts each message to the service. It tries once: retries and fallback are the hub's.
 * @throws OrchestratorError `invalid_configuration`.
 */
export function sampleNameChannel(config: SampleNameChannelConfig): Plugin {
  const settings = parseWith(sampleNameChannelConfigSchema, config, {
    name: "configuration of sampleNameChannel",
    code: "invalid_configuration",
  });
  return {
    specVersion: 1,
    name: settings.name,
    setup(host) {
      const dispatcher = createSafeDispatcher({ trustedOrigins: settings.trustedOrigins });
      host.onStop(() => dispatcher.close());
      host.channel(channelOf(settings, dispatcher, () => host.clock.now()));
    },
  };
}

function channelOf(settings: Settings, dispatcher: SafeDispatcher, now: () => number): Channel {
  const { name, timeoutMs } = settings;
  return {
    name,
    capabilities: {
      // The service keeps the header Idempotency-Key and takes a key once.
      idempotent: true,
      twoWay: false,
      statusCallbacks: false,
      maxLength: 1_000,
      richText: false,
      audience: "both",
    },
    async send(message, { signal, idempotencyKey }) {
      const to = addressOn(message.recipient, name);
      if (to === undefined) return { outcome: "permanent", reason: "the recipient has no address here" };
      const request = requestFor(settings, { to, text: message.content, idempotencyKey });
      const response = await safeRequest(request.url, {
        ...request,
        dispatcher,
        signal,
        connectTimeoutMs: timeoutMs,
        headersTimeoutMs: timeoutMs,
        bodyTimeoutMs: timeoutMs,
        maxBytes: 64 * 1024,
      });
      return outcomeOf(response, now());
    },
    canReach: (recipient) => addressOn(recipient, name) !== undefined,
    destination: (recipient) => addressOn(recipient, name),
  };
}
