import type { Channel, InboundMessage, JsonObject, Logger, Received } from "@hybrid-orchestrator/core";
import {
  type RecordingHost,
  recordingHost,
  sampleMessage,
  type VirtualClock,
  virtualClock,
} from "@hybrid-orchestrator/testkit";
import { type ChatSdkChannelConfig, chatSdkChannel } from "../src/index.js";
import { atEnd } from "./platform-server.js";

export interface SetUp {
  readonly channel: Channel;
  readonly recording: RecordingHost;
  readonly clock: VirtualClock;
  readonly lines: readonly string[];
  /** Calls the webhook as the platform does. */
  call(body: object | string, headers: Readonly<Record<string, string>>): Promise<Response>;
  get(query: string): Promise<Response>;
}

/** The plugin in a host that keeps what is handed in, until the test ends. */
export async function setUp(
  config: ChatSdkChannelConfig,
  {
    receive,
    before = async () => undefined,
  }: {
    readonly receive?: (message: InboundMessage) => Received;
    /** Waited for before a message is taken. */
    readonly before?: () => Promise<void>;
  } = {},
): Promise<SetUp> {
  const lines: string[] = [];
  const clock = virtualClock();
  const recording = recordingHost({
    clock,
    logger: loggerTo(lines),
    ...(receive !== undefined && { receive }),
  });
  const plugin = chatSdkChannel(config);
  await plugin.setup({
    ...recording.host,
    async receive(message) {
      await before();
      return recording.host.receive(message);
    },
  });
  atEnd(() => recording.stop());
  const url = `https://hooks.example.com/hooks/${plugin.name}/webhook`;
  const handle = (method: string, request: Request) => {
    const route = recording.routes.find((candidate) => candidate.method === method);
    if (route === undefined) throw new Error(`no route for ${method}`);
    return route.handle(request);
  };
  return {
    channel: plugin.channel,
    recording,
    clock,
    lines,
    call: (body, headers) =>
      handle(
        "POST",
        new Request(url, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: typeof body === "string" ? body : JSON.stringify(body),
        }),
      ),
    get: (query) => handle("GET", new Request(`${url}${query}`)),
  };
}

export function loggerTo(lines: string[]): Logger {
  const at = (message: string, fields: JsonObject = {}) =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { debug: at, info: at, warn: at, error: at };
}

export function messageTo(
  address: string,
  changes: Parameters<typeof sampleMessage>[0] = {},
  name = "telegram",
) {
  return sampleMessage({
    recipient: { id: "ada", available: true, addresses: { [name]: address } },
    ...changes,
  });
}
