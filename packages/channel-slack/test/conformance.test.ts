import { type ChannelSubject, channelSuite, sampleRecipient } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { slackChannel } from "../src/index.js";
import { refusing, type SlackServer, send, slackServer } from "./slack-server.js";

const botToken = "xoxb-1234567890-SecretOfTheBot";
const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5";

function subjectOf(server: SlackServer, timeoutMs = 10_000): ChannelSubject {
  const { channel } = slackChannel({ botToken, signingSecret, baseUrl: server.baseUrl, timeoutMs });
  return {
    channel,
    effects: () => server.texts(),
    requests: () => server.calls.length,
    dispose: () => server.close(),
  };
}

const failing = (answer: Parameters<typeof slackServer>[0]) => async () =>
  subjectOf(await slackServer(answer));

channelSuite({
  describe,
  it,
  expect,
  name: "slack channel",
  secrets: [botToken, signingSecret, "U0EXAMPLE1"],
  create: async () => subjectOf(await slackServer()),
  unreachable: sampleRecipient({ slackId: undefined }),
  failures: {
    permanent: failing(refusing("channel_not_found")),
    retryable: failing((_, response) => send(response, 503, "<html>")),
    rateLimited: failing((_, response) =>
      send(response, 429, { ok: false, error: "ratelimited" }, { "retry-after": "30" }),
    ),
    ambiguous: failing((_, response) => void response.socket?.destroy()),
    misconfigured: failing(refusing("invalid_auth")),
  },
  hanging: failing(() => undefined),
  plugin: () => slackChannel({ botToken, signingSecret }),
});
