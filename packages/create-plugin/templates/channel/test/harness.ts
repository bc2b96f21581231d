import type { Channel, Recipient } from "@hybrid-orchestrator/core";
import { recordingHost, sampleRecipient } from "@hybrid-orchestrator/testkit";
import { sampleNameChannel } from "../src/index.js";
import { apiKey, type SampleNameServer } from "./sample-name-server.js";

export const recipient: Recipient = sampleRecipient({ addresses: { "sample-name": "unit-7-of-ada" } });

export function configFor({ url }: Pick<SampleNameServer, "url">) {
  return { baseUrl: url, apiKey, trustedOrigins: [url] };
}

/** The channel as an orchestrator would have it. */
export async function channelFor(
  server: Pick<SampleNameServer, "url">,
): Promise<{ channel: Channel; stop: () => Promise<void> }> {
  const recording = recordingHost();
  await sampleNameChannel(configFor(server)).setup(recording.host);
  const [channel] = recording.channels;
  if (channel === undefined) throw new Error("The plugin registered no channel.");
  return { channel, stop: recording.stop };
}
