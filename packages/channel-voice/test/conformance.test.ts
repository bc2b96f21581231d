import { type ChannelSubject, channelSuite, recordingHost } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { voiceChannel } from "../src/index.js";
import { configFor, secretKey } from "./harness.js";
import { apiKey, type Failure, vapiServer } from "./vapi-server.js";

/** Without server messages: what those add needs sessions, and is tested beside. */
const onlyCalls = { credential: undefined };

const subject = (failure?: Failure) => async (): Promise<ChannelSubject> => {
  const server = await vapiServer(failure);
  const recording = recordingHost();
  await voiceChannel(configFor(server, onlyCalls)).setup(recording.host);
  const [channel] = recording.channels;
  if (channel === undefined) throw new Error("The plugin registered no channel.");
  return {
    channel,
    effects: () => server.placed.map(({ assistantOverrides }) => assistantOverrides.firstMessage),
    requests: () => server.requests.length,
    async dispose() {
      await recording.stop();
      await server.close();
    },
  };
};

/** A port at which nobody listens any more. */
async function closed(): Promise<ChannelSubject> {
  const gone = await vapiServer();
  await gone.close();
  const recording = recordingHost();
  await voiceChannel(configFor(gone, onlyCalls)).setup(recording.host);
  const [channel] = recording.channels;
  if (channel === undefined) throw new Error("The plugin registered no channel.");
  return { channel, dispose: () => recording.stop() };
}

channelSuite({
  describe,
  it,
  expect,
  name: "the voice channel",
  create: subject(),
  unreachable: { id: "nobody", phone: "12", available: true },
  failures: {
    permanent: subject({ status: 400 }),
    retryable: closed,
    rateLimited: subject({ status: 429, headers: { "retry-after": "2" } }),
    ambiguous: subject("drop"),
    misconfigured: subject({ status: 401 }),
  },
  hanging: subject("hang"),
  plugin: () => voiceChannel(configFor({ url: "http://127.0.0.1:9" })),
  secrets: [apiKey, secretKey],
});
