import type {
  Channel,
  InboundMessage,
  JsonObject,
  Logger,
  Received,
  SendResult,
} from "@hybrid-orchestrator/core";
import {
  type RecordingHost,
  recordingHost,
  sampleMessage,
  type VirtualClock,
  virtualClock,
} from "@hybrid-orchestrator/testkit";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { afterEach } from "vitest";
import { type SmsChannelConfig, smsChannel } from "../src/index.js";
import {
  accountSid,
  authToken,
  type Failure,
  sender,
  type TwilioServer,
  twilioServer,
} from "./twilio-server.js";

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
export function atEnd(end: () => void | Promise<void>): void {
  ends.push(end);
}

export const publicUrl = "https://hooks.example.com/in";

export function configFor(
  { url }: { readonly url: string },
  changes: SmsChannelConfig = {},
): SmsChannelConfig {
  return { accountSid, authToken, from: sender, publicUrl, baseUrl: url, trustedOrigins: [url], ...changes };
}

export interface SetUp {
  readonly channel: Channel;
  readonly recording: RecordingHost;
  readonly clock: VirtualClock;
  /** All that was logged, as text. */
  readonly logged: () => string;
  /** Calls one of the plugin's routes. */
  call(request: Request): Promise<Response>;
}

/** The plugin in a host that records what it does, until the test ends. */
async function setUp(
  config: SmsChannelConfig,
  receive?: (message: InboundMessage) => Received,
): Promise<SetUp> {
  const clock = virtualClock();
  const lines: string[] = [];
  const recording = recordingHost({ clock, logger: loggerInto(lines), ...(receive && { receive }) });
  await smsChannel(config).setup(recording.host);
  atEnd(() => recording.stop());
  const [channel] = recording.channels;
  if (channel === undefined) throw new Error("The plugin registered no channel.");
  return {
    channel,
    recording,
    clock,
    logged: () => lines.join("\n"),
    async call(request) {
      const { pathname } = new URL(request.url);
      const route = recording.routes.find(({ path }) => pathname.endsWith(path));
      if (route === undefined) throw new Error(`The plugin has no route for ${pathname}.`);
      return route.handle(request);
    },
  };
}

/** A plugin that needs no Twilio, for what comes in. */
export function setUpHooks(
  changes: SmsChannelConfig = {},
  receive?: (message: InboundMessage) => Received,
): Promise<SetUp> {
  return setUp(configFor({ url: "http://127.0.0.1:9" }, changes), receive);
}

/** A channel and the server that it talks to. */
export async function withServer(
  failure?: Failure,
  changes: SmsChannelConfig = {},
): Promise<SetUp & { readonly server: TwilioServer }> {
  const server = await twilioServer(failure);
  atEnd(() => server.close());
  return { ...(await setUp(configFor(server, changes))), server };
}

export function send(
  channel: Channel,
  changes: Parameters<typeof sampleMessage>[0] = {},
): Promise<SendResult> {
  return channel.send(sampleMessage(changes), {
    signal: new AbortController().signal,
    idempotencyKey: "key_1",
  });
}

export type Form = Readonly<Record<string, string>>;

/** A request as Twilio makes it; signed by Twilio's own library. */
export function webhook(
  path: string,
  form: Form,
  { token = authToken, url = `${publicUrl}/hooks/sms${path}` }: { token?: string; url?: string } = {},
): Request {
  return new Request(url, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
      "x-twilio-signature": getExpectedTwilioSignature(token, url, { ...form }),
      "user-agent": "TwilioProxy/1.1",
    },
    body: new URLSearchParams(form).toString(),
  });
}

/** What Twilio sends of an incoming SMS. */
export function inboundForm(changes: Form = {}): Form {
  return {
    ToCountry: "US",
    ToState: "CA",
    SmsMessageSid: "SM00000000000000000000000000000001",
    NumMedia: "0",
    ToCity: "",
    FromZip: "",
    SmsSid: "SM00000000000000000000000000000001",
    FromState: "CA",
    SmsStatus: "received",
    FromCity: "SAN FRANCISCO",
    Body: "Yes, please",
    FromCountry: "US",
    To: sender,
    ToZip: "",
    NumSegments: "1",
    MessageSid: "SM00000000000000000000000000000001",
    AccountSid: accountSid,
    From: "+14155550123",
    ApiVersion: "2010-04-01",
    ...changes,
  };
}

/** What Twilio sends of a message's status. */
export function statusForm(status: string, changes: Form = {}): Form {
  return {
    SmsSid: "SM00000000000000000000000000000001",
    SmsStatus: status,
    MessageStatus: status,
    To: "+14155550123",
    MessageSid: "SM00000000000000000000000000000001",
    AccountSid: accountSid,
    From: sender,
    ApiVersion: "2010-04-01",
    ...changes,
  };
}

function loggerInto(lines: string[]): Logger {
  const at =
    (level: string) =>
    (message: string, fields: JsonObject = {}) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
