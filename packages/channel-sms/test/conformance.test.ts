import { type ChannelSubject, channelSuite, recordingHost } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { smsChannel } from "../src/index.js";
import { configFor } from "./harness.js";
import { accountSid, apiKey, authToken, type Failure, twilioServer } from "./twilio-server.js";

const subject = (failure?: Failure) => async (): Promise<ChannelSubject> => {
  const server = await twilioServer(failure);
  const recording = recordingHost();
  await smsChannel(configFor(server)).setup(recording.host);
  const [channel] = recording.channels;
  if (channel === undefined) throw new Error("The plugin registered no channel.");
  return {
    channel,
    effects: () => server.texts,
    requests: () => server.requests.length,
    async dispose() {
      await recording.stop();
      await server.close();
    },
  };
};

/** A port at which nobody listens any more. */
async function closed(): Promise<ChannelSubject> {
  const gone = await twilioServer();
  await gone.close();
  const recording = recordingHost();
  await smsChannel(configFor(gone)).setup(recording.host);
  const [channel] = recording.channels;
  if (channel === undefined) throw new Error("The plugin registered no channel.");
  return { channel, dispose: () => recording.stop() };
}

channelSuite({
  describe,
  it,
  expect,
  name: "the SMS channel",
  create: subject(),
  unreachable: { id: "nobody", phone: "12", available: true },
  failures: {
    permanent: subject({ status: 400, code: 21614 }),
    retryable: closed,
    rateLimited: subject({ status: 429, code: 20429, headers: { "retry-after": "2" } }),
    ambiguous: subject("drop"),
    misconfigured: subject({ status: 401, code: 20003 }),
  },
  hanging: subject("hang"),
  plugin: () => smsChannel(configFor({ url: "http://127.0.0.1:9" })),
  secrets: [authToken, accountSid, apiKey.secret],
});
