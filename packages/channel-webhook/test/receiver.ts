import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type Channel, type Clock, type SendResult, systemClock } from "@hybrid-orchestrator/core";
import { recordingHost, sampleMessage } from "@hybrid-orchestrator/testkit";
import { afterEach } from "vitest";
import { type WebhookChannelOptions, webhookChannel } from "../src/index.js";

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

export const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
export const otherSecret = `whsec_${Buffer.alloc(32, 9).toString("base64")}`;

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly origin: string;
  readonly requests: readonly Received[];
  close(): Promise<void>;
}

export type Answer = (response: ServerResponse, request: Received) => void;

export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end("not JSON");

/** A web server on loopback that keeps what is posted to it, and answers as it is told. */
export async function receiver(answer: Answer = status(200)): Promise<Receiver> {
  const opened = await openReceiver(answer);
  ends.push(opened.close);
  return opened;
}

/** One that the caller closes. */
export async function openReceiver(answer: Answer = status(200)): Promise<Receiver> {
  const requests: Received[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    const { method = "", url = "", headers } = request;
    const received = { method, path: url, headers, body: await text(request) };
    requests.push(received);
    answer(response, received);
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return { url: `${origin}/hook?team=a`, origin, requests, close };
}

/** The channel of a plugin that was started, ended after the test. */
export async function start(
  options: WebhookChannelOptions,
  { clock = systemClock }: { readonly clock?: Clock } = {},
): Promise<Channel> {
  const recording = recordingHost({ clock });
  await webhookChannel(options).setup(recording.host);
  ends.push(() => recording.stop());
  const [channel] = recording.channels;
  if (channel === undefined) throw new Error("The plugin registered no channel.");
  return channel;
}

/** A channel that posts to a receiver. */
export function channelTo(
  { url, origin }: Pick<Receiver, "url" | "origin">,
  options: WebhookChannelOptions = {},
  others: { readonly clock?: Clock } = {},
): Promise<Channel> {
  return start({ url, secrets: secret, policy: { trustedOrigins: [origin] }, ...options }, others);
}

export function sendOn(
  channel: Channel,
  changes: Parameters<typeof sampleMessage>[0] = {},
  { idempotencyKey = "effect:1:webhook", signal = new AbortController().signal } = {},
): Promise<SendResult> {
  return channel.send(sampleMessage(changes), { signal, idempotencyKey });
}

/** A port where nothing listens. */
export async function closedOrigin(): Promise<string> {
  const { origin, close } = await receiver();
  await close();
  return origin;
}
