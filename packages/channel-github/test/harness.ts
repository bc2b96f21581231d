import type {
  Channel,
  JsonObject,
  Logger,
  OutboundMessage,
  Plugin,
  SendResult,
} from "@hybrid-orchestrator/core";
import { type RecordingHost, recordingHost, sampleMessage, virtualClock } from "@hybrid-orchestrator/testkit";
import { afterEach } from "vitest";
import { type GithubChannelOptions, githubChannel } from "../src/index.js";
import { type GithubServer, githubServer, token } from "./github-server.js";

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Called after the test, last in first out. */
export function atEnd(end: () => void | Promise<void>): void {
  ends.push(end);
}

export const secret = "It's a secret to everybody";
export const now = Date.UTC(2026, 0, 1, 12);

export interface Started {
  readonly plugin: Plugin;
  readonly channel: Channel;
  readonly recording: RecordingHost;
  readonly lines: { readonly message: string; readonly fields: JsonObject }[];
  send(changes?: Partial<OutboundMessage>, signal?: AbortSignal): Promise<SendResult>;
  stop(): Promise<void>;
}

/** A plugin that is set up on a host which records. */
export async function start(options: GithubChannelOptions): Promise<Started> {
  const lines: Started["lines"] = [];
  const log = (message: string, fields: JsonObject = {}) => void lines.push({ message, fields });
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const recording = recordingHost({ logger, clock: virtualClock(now) });
  const plugin = githubChannel({ token, repository: "acme/desk", ...options });
  await plugin.setup(recording.host);
  const [channel] = recording.channels;
  if (channel === undefined) throw new Error("No channel was registered.");
  return {
    plugin,
    channel,
    recording,
    lines,
    send: (changes = {}, signal = new AbortController().signal) =>
      channel.send(sampleMessage({ audience: "worker", ...changes }), { signal, idempotencyKey: "key" }),
    stop: () => recording.stop(),
  };
}

/** A channel and a GitHub for it, both ended after the test. */
export async function pair(options: GithubChannelOptions = {}): Promise<Started & { github: GithubServer }> {
  const github = await githubServer();
  atEnd(() => github.close());
  const started = await start({ baseUrl: github.url, ...options });
  atEnd(() => started.stop());
  return { ...started, github };
}
