import type {
  Channel,
  Clock,
  InboundMessage,
  JsonObject,
  Logger,
  Received,
  SendResult,
} from "@hybrid-orchestrator/core";
import { systemClock } from "@hybrid-orchestrator/core";
import { createSecret } from "@hybrid-orchestrator/signatures";
import { type RecordingHost, recordingHost, sampleMessage } from "@hybrid-orchestrator/testkit";
import { afterEach, vi } from "vitest";
import { type EmailChannelConfig, type EmailChannelPlugin, emailChannel } from "../src/index.js";

type SmtpConfig = Extract<EmailChannelConfig, { way: "smtp" }>;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
export function atEnd(end: () => unknown): void {
  ends.push(end);
}

const startedAt = Date.now();
/** Runs in real time from the day on which the mails of these tests are dated. */
export const clock: Clock = {
  ...systemClock,
  now: () => Date.UTC(2026, 10, 25, 12) + Date.now() - startedAt,
};

export const ours = "help@example.com";
export const sessionId = "0199a3c0-7c1b-7abc-8def-0123456789ab";
export const tokenKeys = [{ id: 1, secret: createSecret() }];
export const password = "the-mail-password";

export function smtpConfig(smtpPort: number, changes: Partial<SmtpConfig> = {}): SmtpConfig {
  return {
    way: "smtp",
    from: ours,
    fromName: "Example Help",
    smtp: { host: "127.0.0.1", port: smtpPort, security: "none" },
    tokenKeys,
    timeoutSeconds: 10,
    ...changes,
  };
}

export function imapConfig(port: number): NonNullable<SmtpConfig["imap"]> {
  return {
    host: "127.0.0.1",
    port,
    security: "none",
    user: "testuser",
    password: "testpass",
    pollSeconds: 1,
    timeoutSeconds: 5,
    lookBackHours: 720,
  };
}

export interface SetUp {
  readonly plugin: EmailChannelPlugin;
  readonly channel: Channel;
  readonly recording: RecordingHost;
  readonly logged: () => string;
}

/** The plugin in a host that records what it does, until the test ends. */
export async function setUp(
  config: EmailChannelConfig,
  receive?: (message: InboundMessage) => Received,
): Promise<SetUp> {
  const lines: string[] = [];
  const recording = recordingHost({
    clock,
    logger: loggerInto(lines),
    ...(receive && { receive }),
  });
  const plugin = emailChannel(config);
  await plugin.setup(recording.host);
  atEnd(() => recording.stop());
  const [channel] = recording.channels;
  if (channel === undefined) throw new Error("The plugin registered no channel.");
  return { plugin, channel, recording, logged: () => lines.join("\n") };
}

export function send(
  channel: Channel,
  changes: Parameters<typeof sampleMessage>[0] = {},
  idempotencyKey = "key_1",
): Promise<SendResult> {
  const message = sampleMessage({ sessionId, createdAt: clock.now(), ...changes });
  return channel.send(message, { signal: new AbortController().signal, idempotencyKey });
}

export function eventually(check: () => void | Promise<void>): Promise<void> {
  return vi.waitFor(check, { timeout: 15_000, interval: 10 });
}

export function loggerInto(lines: string[]): Logger {
  const at =
    (level: string) =>
    (message: string, fields: JsonObject = {}) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** The value of a header, unfolded. */
export function headerOf(raw: string, name: string): string {
  const head = raw.split("\r\n\r\n", 1)[0]?.replace(/\r\n[ \t]+/g, " ") ?? "";
  const line = head.split("\r\n").find((text) => text.toLowerCase().startsWith(`${name.toLowerCase()}:`));
  return line?.slice(name.length + 1).trim() ?? "";
}
