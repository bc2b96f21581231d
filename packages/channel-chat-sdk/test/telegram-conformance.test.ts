import { type ChannelSubject, channelSuite, sampleRecipient } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { chatSdkChannel } from "../src/index.js";
import type { PlatformServer } from "./platform-server.js";
import { botToken, refusing, secretToken, telegramAdapter, telegramServer } from "./telegram.js";

const address = "4155550123";

function subjectOf(server: PlatformServer): ChannelSubject {
  const sent = () => server.calls.filter(({ path }) => path.endsWith("/sendMessage"));
  return {
    channel: chatSdkChannel({ adapter: telegramAdapter(server.url) }).channel,
    effects: () => sent().map(({ body }) => String(body.text)),
    requests: () => sent().length,
    dispose: () => server.close(),
  };
}

const failing = (sending: Parameters<typeof telegramServer>[0]) => async () =>
  subjectOf(await telegramServer(sending));

channelSuite({
  describe,
  it,
  expect,
  name: "Chat SDK channel over Telegram",
  secrets: [botToken, secretToken, address],
  recipient: sampleRecipient({ addresses: { telegram: address } }),
  unreachable: sampleRecipient(),
  create: async () => subjectOf(await telegramServer()),
  failures: {
    permanent: failing(refusing(403, "Forbidden: bot was blocked by the user")),
    async retryable() {
      const server = await telegramServer();
      await server.close();
      return { ...subjectOf(server), dispose: async () => undefined };
    },
    rateLimited: failing(refusing(429, "Too Many Requests: retry after 30", { retry_after: 30 })),
    ambiguous: failing((_, response) => void response.socket?.destroy()),
    misconfigured: failing(refusing(401, "Unauthorized")),
  },
  hanging: failing(() => undefined),
  plugin: () => chatSdkChannel({ adapter: telegramAdapter("http://127.0.0.1:9") }),
});
