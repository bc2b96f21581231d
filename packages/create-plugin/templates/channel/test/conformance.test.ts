import { type ChannelSubject, channelSuite } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { sampleNameChannel } from "../src/index.js";
import { channelFor, configFor, recipient } from "./harness.js";
import { apiKey, type Failure, sampleNameServer } from "./sample-name-server.js";

const subject = (failure?: Failure) => async (): Promise<ChannelSubject> => {
  const server = await sampleNameServer(failure);
  const { channel, stop } = await channelFor(server);
  return {
    channel,
    effects: () => server.texts,
    requests: () => server.requests.length,
    async dispose() {
      await stop();
      await server.close();
    },
  };
};

/** A port at which nobody listens any more. */
async function closed(): Promise<ChannelSubject> {
  const gone = await sampleNameServer();
  await gone.close();
  const { channel, stop } = await channelFor(gone);
  return { channel, dispose: stop };
}

channelSuite({
  describe,
  it,
  expect,
  name: "the sample-name channel is a channel",
  create: subject(),
  recipient,
  unreachable: { id: "nobody", available: true },
  failures: {
    permanent: subject({ status: 410 }),
    retryable: closed,
    rateLimited: subject({ status: 429, headers: { "retry-after": "2" } }),
    ambiguous: subject("drop"),
    misconfigured: subject({ status: 401 }),
  },
  hanging: subject("hang"),
  plugin: () => sampleNameChannel(configFor({ url: "http://127.0.0.1:9" })),
  secrets: [apiKey, "unit-7-of-ada"],
});
