import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach } from "vitest";

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Called after the test, last in first out. */
export function atEnd(end: () => unknown): void {
  endings.push(end);
}

export interface SlackCall {
  readonly method: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface SlackServer {
  readonly baseUrl: string;
  readonly origin: string;
  /** Every request to the Web API and to a `response_url`, oldest first. */
  readonly calls: readonly SlackCall[];
  /** The texts of the messages that were posted. */
  texts(): string[];
  /** Resolves with the first call of that method. */
  called(method: string): Promise<SlackCall>;
  close(): Promise<void>;
}

type Answer = (call: SlackCall, response: ServerResponse) => void;

/** The part of Slack's Web API that the channel uses, in its wire format, on the loopback interface. */
export async function slackServer(answer: Answer = accept): Promise<SlackServer> {
  const calls: SlackCall[] = [];
  const posted: SlackCall[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer(async (request, response) => {
    const call = await read(request);
    calls.push(call);
    for (const look of waiting) look();
    if (answer !== accept) return answer(call, response);
    if (call.method !== "chat.postMessage") return accept(call, response);
    posted.push(call);
    count += 1;
    const ts = `1700000000.${String(count).padStart(6, "0")}`;
    send(response, 200, { ok: true, channel: conversationOf(call), ts, message: { ts } });
  });
  server.on("connection", (socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    origin,
    baseUrl: `${origin}/api`,
    calls,
    texts: () => posted.map(({ body }) => textOf(body)),
    called: (method) =>
      new Promise((resolve) => {
        const look = () => {
          const found = calls.find((call) => call.method === method);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    close,
  };
}

/** As Slack: a message to a user lands in the conversation with them. */
function conversationOf({ body }: SlackCall): string {
  return String(body.channel).replace(/^[UW]/, "D");
}

function accept({ method, body }: SlackCall, response: ServerResponse): void {
  send(response, 200, answerTo(method, body));
}

function answerTo(method: string, body: SlackCall["body"]): object {
  switch (method) {
    case "auth.test":
      return { ok: true, user_id: "U0BOT", team_id: "T1" };
    case "chat.update":
      return { ok: true, channel: body.channel, ts: body.ts };
    case "response_url":
      return { ok: true };
    default:
      return { ok: false, error: "unknown_method" };
  }
}

export function send(
  response: ServerResponse,
  status: number,
  body: object | string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

export const refusing =
  (error: string, more: object = {}): Answer =>
  (_, response) =>
    send(response, 200, { ok: false, error, ...more });

/** What a person sees of a message. */
function textOf(body: Readonly<Record<string, unknown>>): string {
  const blocks = (body.blocks ?? []) as readonly {
    readonly type: string;
    readonly text?: { readonly text: string };
  }[];
  return blocks.map(({ text }) => text?.text ?? "").join("");
}

async function read(request: IncomingMessage): Promise<SlackCall> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  const { authorization, "content-type": contentType } = request.headers;
  const path = request.url ?? "";
  return {
    method: path.startsWith("/actions/") ? "response_url" : path.replace("/api/", ""),
    authorization,
    contentType,
    body: JSON.parse(text) as Record<string, unknown>,
  };
}
