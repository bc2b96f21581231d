import { type ChannelSubject, channelSuite, sampleRecipient } from "@hybrid-orchestrator/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { type WebhookChannelOptions, webhookChannel } from "../src/index.js";
import {
  type Answer,
  channelTo,
  closedOrigin,
  openReceiver,
  otherSecret,
  type Received,
  receiver,
  secret,
  start,
  status,
} from "./receiver.js";

const bearer = "Bearer the-endpoint-s-own-key";

async function subject(answer?: Answer, options: WebhookChannelOptions = {}): Promise<ChannelSubject> {
  const { url, origin, requests } = await receiver(answer);
  const channel = await channelTo({ url, origin }, { headers: { Authorization: bearer }, ...options });
  return {
    channel,
    requests: () => requests.length,
    effects: () => effectsOf(requests),
  };
}

/** As a receiver must: one effect for each id. */
function effectsOf(requests: readonly Received[]): string[] {
  const bodies = new Map(requests.map(({ headers, body }) => [headers["webhook-id"], body]));
  return [...bodies.values()].map((body) => JSON.parse(body).data.content);
}

const failures = {
  permanent: () => subject(status(404)),
  retryable: () => subject(status(500)),
  rateLimited: () => subject(status(429, { "retry-after": "3" })),
  // The request is read, then the connection closed.
  ambiguous: () => subject((response) => response.destroy()),
  misconfigured: () => subject(status(401)),
} as const;

const common = {
  describe,
  it,
  expect,
  secrets: [secret, otherSecret, bearer, "the-endpoint-s-own-key"],
};

channelSuite({
  ...common,
  name: "the webhook channel with a fixed URL is a channel",
  hanging: () => subject(() => undefined),
  failures,
  create: () => subject(),
  plugin: () => webhookChannel({ url: "https://example.com/hook", secrets: [secret, otherSecret] }),
  unreachable: null,
});

channelSuite({
  ...common,
  name: "the webhook channel, when nobody listens, is a channel",
  create: () => subject(),
  unreachable: null,
  failures: {
    retryable: async () => {
      const origin = await closedOrigin();
      return { channel: await channelTo({ url: `${origin}/`, origin }) };
    },
  },
});

const shared = await openReceiver();
afterAll(() => shared.close());

channelSuite({
  ...common,
  name: "the webhook channel with recipients' URLs is a channel",
  recipient: sampleRecipient({ addresses: { webhook: `${shared.origin}/in/t0ken` } }),
  unreachable: sampleRecipient({ addresses: { other: "https://example.com/" } }),
  secrets: [...common.secrets, "t0ken"],
  create: async () => {
    const before = shared.requests.length;
    const policy = { trustedOrigins: [shared.origin] };
    const channel = await start({ allowRecipientUrls: true, secrets: secret, policy });
    return { channel, effects: () => effectsOf(shared.requests.slice(before)) };
  },
});
