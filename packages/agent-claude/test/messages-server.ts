import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text as readText } from "node:stream/consumers";
import { type MessagesRequest, refusal, requestSchema } from "./request-shape.js";

export const apiKey = "sk-ant-api03-local_test_key_000000000000";

type ContentBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "thinking"; readonly thinking: string; readonly signature: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown };

export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_input_tokens?: number;
  readonly cache_creation_input_tokens?: number;
}

export interface Reply {
  readonly content: readonly ContentBlock[];
  readonly stopReason?: string;
  readonly usage?: Usage;
  /** The model that is said to have answered. Default: the one that was asked. */
  readonly model?: string;
}

/**
 * What becomes of one request.
 * - `hang`: it is read and never answered. `drop`: the connection is closed instead of an answer.
 * - `after`: of a stream, after so many events: it hangs, breaks off, ends without its last events, or an error is sent.
 * - `raw`: this body, whatever was asked.
 */
export type Script =
  | Reply
  | "hang"
  | "drop"
  | {
      readonly status: number;
      readonly type?: string;
      readonly message?: string;
      readonly headers?: Record<string, string>;
    }
  | { readonly raw: string; readonly contentType?: string }
  | {
      readonly reply: Reply;
      readonly after: number;
      readonly ends: "hang" | "break" | "end" | { readonly error: string };
    };

interface ReceivedRequest {
  readonly headers: IncomingMessage["headers"];
  readonly body: MessagesRequest;
  /** The body as it came. */
  readonly text: string;
}

export interface MessagesServer {
  readonly url: string;
  /** Those that were valid. */
  readonly requests: readonly ReceivedRequest[];
  /** Why requests were refused as the API would: a test that expects none looks here. */
  readonly refusals: readonly string[];
  /** What becomes of the next requests, in order; then what `otherwise` says. */
  next(...scripts: Script[]): void;
  /** Resolves when a request that hangs has lost its connection. */
  readonly abandoned: Promise<unknown>;
  close(): Promise<void>;
}

/** The words of an answer, in one block. */
export function says(text: string, rest: Omit<Reply, "content"> = {}): Reply {
  return { ...rest, content: [{ type: "text", text }] };
}

/** A Messages API on loopback: checks each request as the real one does, and answers as JSON or as events. */
export async function messagesServer(
  otherwise: (request: MessagesRequest) => Script = () => ({ status: 500, type: "api_error" }),
): Promise<MessagesServer> {
  const scripts: Script[] = [];
  const requests: ReceivedRequest[] = [];
  const refusals: string[] = [];
  const sockets = new Set<Socket>();
  let abandon: (value: unknown) => void = () => undefined;
  const abandoned = new Promise<unknown>((resolve) => {
    abandon = resolve;
  });
  let count = 0;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await readText(request);
    count += 1;
    response.setHeader("request-id", `req_local${count}`);
    const problem = (status: number, type: string, message: string) => {
      refusals.push(message);
      sendError(response, { status, type, message });
    };
    const path = request.url?.split("?")[0];
    if (request.method !== "POST" || path !== "/v1/messages")
      return problem(404, "not_found_error", "Not found");
    const { headers } = request;
    const key = headers["x-api-key"] ?? headers.authorization?.replace(/^Bearer /, "");
    if (key !== apiKey) return problem(401, "authentication_error", "invalid x-api-key");
    if (!/^\d{4}-\d\d-\d\d$/.test(String(headers["anthropic-version"])))
      return problem(400, "invalid_request_error", "anthropic-version: header is required");
    if (!headers["content-type"]?.startsWith("application/json"))
      return problem(400, "invalid_request_error", "content-type must be application/json");
    const parsed = requestSchema.safeParse(JSON.parse(text));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return problem(400, "invalid_request_error", `${issue?.path.join(".")}: ${issue?.message}`);
    }
    const refused = refusal(parsed.data);
    if (refused !== null) return problem(400, "invalid_request_error", refused);
    requests.push({ headers, body: parsed.data, text });
    play(scripts.shift() ?? otherwise(parsed.data), parsed.data, response);
  }

  function play(script: Script, request: MessagesRequest, response: ServerResponse): unknown {
    if (script === "hang") return hang(response);
    if (script === "drop") return void response.destroy();
    if ("status" in script) return sendError(response, script);
    if ("raw" in script) {
      response.writeHead(200, { "content-type": script.contentType ?? "application/json" });
      return response.end(script.raw);
    }
    if ("after" in script) {
      const { ends, after } = script;
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of eventsOf(script.reply, request, count).slice(0, after)) response.write(event);
      if (ends === "hang") return hang(response);
      // Let what was written leave first.
      if (ends === "break") return void setImmediate(() => response.destroy());
      if (ends !== "end")
        response.write(sse("error", { type: "error", error: { type: ends.error, message: "Overloaded" } }));
      return response.end();
    }
    if (request.stream === true) {
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of eventsOf(script, request, count)) response.write(event);
      return response.end();
    }
    response.writeHead(200, { "content-type": "application/json" });
    return response.end(JSON.stringify(messageOf(script, request, count)));
  }

  function hang(response: ServerResponse): void {
    response.on("close", () => abandon(undefined));
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      refusals.push(String(error));
      response.destroy();
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    refusals,
    next: (...more) => void scripts.push(...more),
    abandoned,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function sendError(
  response: ServerResponse,
  {
    status,
    type = "api_error",
    message = "failed",
    headers = {},
  }: { status: number; type?: string; message?: string; headers?: Record<string, string> },
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(
    JSON.stringify({ type: "error", error: { type, message }, request_id: response.getHeader("request-id") }),
  );
}

const defaultUsage: Usage = { input_tokens: 100, output_tokens: 20 };

function messageOf(reply: Reply, request: MessagesRequest, count: number): Record<string, unknown> {
  const usesTool = reply.content.some(({ type }) => type === "tool_use");
  return {
    id: `msg_local${count}`,
    type: "message",
    role: "assistant",
    model: reply.model ?? request.model,
    content: reply.content,
    stop_reason: reply.stopReason ?? (usesTool ? "tool_use" : "end_turn"),
    stop_sequence: null,
    usage: { cache_creation_input_tokens: 0, cache_read_input_tokens: 0, ...(reply.usage ?? defaultUsage) },
  };
}

/** The events of a stream, as documented at https://platform.claude.com/docs/en/build-with-claude/streaming. */
function eventsOf(reply: Reply, request: MessagesRequest, count: number): string[] {
  const message = messageOf(reply, request, count);
  const usage = message.usage as Usage;
  const events = [
    sse("message_start", {
      type: "message_start",
      message: { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } },
    }),
    sse("ping", { type: "ping" }),
  ];
  for (const [index, block] of reply.content.entries()) {
    const [start, deltas] = partsOf(block);
    events.push(sse("content_block_start", { type: "content_block_start", index, content_block: start }));
    for (const delta of deltas)
      events.push(sse("content_block_delta", { type: "content_block_delta", index, delta }));
    events.push(sse("content_block_stop", { type: "content_block_stop", index }));
  }
  events.push(
    sse("message_delta", {
      type: "message_delta",
      delta: { stop_reason: message.stop_reason, stop_sequence: null },
      usage: { output_tokens: usage.output_tokens },
    }),
    sse("message_stop", { type: "message_stop" }),
  );
  return events;
}

function partsOf(block: ContentBlock): readonly [start: unknown, deltas: readonly unknown[]] {
  switch (block.type) {
    case "text":
      return [{ type: "text", text: "" }, pieces(block.text).map((text) => ({ type: "text_delta", text }))];
    case "thinking":
      return [
        { type: "thinking", thinking: "", signature: "" },
        [
          ...pieces(block.thinking).map((thinking) => ({ type: "thinking_delta", thinking })),
          { type: "signature_delta", signature: block.signature },
        ],
      ];
    case "tool_use":
      return [
        { ...block, input: {} },
        pieces(JSON.stringify(block.input)).map((json) => ({ type: "input_json_delta", partial_json: json })),
      ];
  }
}

/** In fives, so that words and JSON are torn apart. */
function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,5}/g) ?? [];
}

function sse(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
