import type { InboundMessage, JsonObject, Logger, Received } from "@hybrid-orchestrator/core";
import { signSlack } from "@hybrid-orchestrator/signatures";
import {
  type RecordingHost,
  recordingHost,
  type VirtualClock,
  virtualClock,
} from "@hybrid-orchestrator/testkit";
import { type SlackChannelConfig, slackChannel } from "../src/index.js";
import { atEnd } from "./slack-server.js";

export const botToken = "xoxb-1234567890-SecretOfTheBot";
export const signingSecret = "8f742231b10e8888abcd99yyyzzz85a5";

export interface Receiving {
  readonly recording: RecordingHost;
  readonly clock: VirtualClock;
  readonly lines: readonly string[];
  /** Sends a signed request as Slack does. */
  post(path: "/events" | "/interactivity", body: string, changes?: RequestChanges): Promise<Response>;
}

interface RequestChanges {
  readonly secret?: string;
  readonly signedAt?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The plugin on a host that keeps what is handed in. */
export async function receiving(
  config: Partial<SlackChannelConfig> = {},
  receive?: (message: InboundMessage) => Received,
  /** Waited for before a message is taken. */
  before: () => Promise<void> = async () => undefined,
): Promise<Receiving> {
  const clock = virtualClock();
  const lines: string[] = [];
  const recording = recordingHost({
    clock,
    logger: loggerTo(lines),
    ...(receive !== undefined && { receive }),
  });
  const host = {
    ...recording.host,
    async receive(message: InboundMessage) {
      await before();
      return recording.host.receive(message);
    },
  };
  atEnd(() => recording.stop());
  // Nothing comes in over HTTP where there is an appToken.
  const secret = config.appToken === undefined ? { signingSecret } : {};
  await slackChannel({ botToken, ...secret, ...config }).setup(host);
  return {
    recording,
    clock,
    lines,
    async post(path, body, { secret = signingSecret, signedAt = clock.now(), headers = {} } = {}) {
      const route = recording.routes.find((candidate) => candidate.path === path);
      if (route === undefined) throw new Error(`no route ${path}`);
      return route.handle(
        new Request(`https://hooks.example.com/hooks/slack${path}`, {
          method: "POST",
          headers: { ...signSlack({ body, now: signedAt }, secret), ...headers },
          body,
        }),
      );
    },
  };
}

export function loggerTo(lines: string[]): Logger {
  const at = (message: string, fields: JsonObject = {}) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { debug: at, info: at, warn: at, error: at };
}

/** An envelope of the Events API around a message event. */
export function messageEvent(event: object = {}, envelope: object = {}): string {
  return JSON.stringify({
    token: "deprecated",
    team_id: "T0001",
    api_app_id: "A0001",
    type: "event_callback",
    event_id: "Ev0001",
    event_time: 1_735_689_600,
    authorizations: [{ team_id: "T0001", user_id: "U0BOT", is_bot: true }],
    event: {
      type: "message",
      channel: "D0EXAMPLE1",
      channel_type: "im",
      user: "U0EXAMPLE1",
      text: "Yes &amp; no",
      ts: "1735689600.000200",
      event_ts: "1735689600.000200",
      ...event,
    },
    ...envelope,
  });
}

export function clickBody(changes: object = {}): string {
  const button = {
    type: "button",
    action_id: "approve",
    block_id: "b1",
    text: { type: "plain_text", text: "Approve <it>", emoji: true },
    value: JSON.stringify({ deliveryId: "delivery_1", sessionId: "session_1", value: "42" }),
    action_ts: "1735689700.000001",
  };
  const payload = {
    type: "block_actions",
    user: { id: "U0EXAMPLE1", username: "ada", team_id: "T0001" },
    api_app_id: "A0001",
    trigger_id: "1.2.secret",
    container: { type: "message", message_ts: "1735689600.000100", channel_id: "D0EXAMPLE1" },
    channel: { id: "D0EXAMPLE1", name: "directmessage" },
    message: {
      ts: "1735689600.000100",
      text: "Shall I?",
      blocks: [
        { type: "section", text: { type: "mrkdwn", text: "Shall I?" } },
        { type: "actions", block_id: "b1", elements: [{ type: "button", action_id: "approve" }] },
      ],
    },
    actions: [button],
    ...changes,
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}
