import { type ChannelSubject, channelSuite, sampleRecipient } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { chatSdkChannel } from "../src/index.js";
import type { PlatformServer } from "./platform-server.js";
import { accessToken, appSecret, graphError, waId, whatsAppAdapter, whatsAppServer } from "./whatsapp.js";

function subjectOf(server: PlatformServer): ChannelSubject {
  return {
    channel: chatSdkChannel({ adapter: whatsAppAdapter(server.url) }).channel,
    effects: () => server.calls.map(({ body }) => (body.text as { body: string }).body),
    requests: () => server.calls.length,
    dispose: () => server.close(),
  };
}

const failing = (sending: Parameters<typeof whatsAppServer>[0]) => async () =>
  subjectOf(await whatsAppServer(sending));

// The adapter drops Retry-After, so there is no `rateLimited` that says for how long.
channelSuite({
  describe,
  it,
  expect,
  name: "Chat SDK channel over WhatsApp",
  secrets: [accessToken, appSecret, waId],
  recipient: sampleRecipient({ addresses: { whatsapp: waId } }),
  unreachable: sampleRecipient(),
  create: async () => subjectOf(await whatsAppServer()),
  failures: {
    permanent: failing(graphError(400, 131_026, `Message undeliverable to ${waId}`)),
    retryable: failing(graphError(429, 130_429, "Rate limit hit")),
    ambiguous: failing(graphError(500, 131_000, "Something went wrong")),
    misconfigured: failing(graphError(401, 190, "Invalid OAuth access token")),
  },
  hanging: failing(() => undefined),
  plugin: () => chatSdkChannel({ adapter: whatsAppAdapter("http://127.0.0.1:9") }),
});
