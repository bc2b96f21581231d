import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { afterEach } from "vitest";

const ends: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
export function atEnd(end: () => void | Promise<void>): void {
  ends.push(end);
}

export const apiKey = "sk-secret-of-the-model-provider";

interface ModelCall {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: {
    readonly stream?: boolean;
    readonly messages: readonly { readonly role: string; readonly content: unknown }[];
    readonly tools?: readonly unknown[];
    readonly [member: string]: unknown;
  };
  /** Resolves when the one who called has gone before the answer was whole. */
  readonly gone: Promise<void>;
}

export type ModelAnswer = (call: ModelCall, response: ServerResponse) => void | Promise<void>;

export interface ModelServer {
  readonly url: string;
  readonly calls: readonly ModelCall[];
}

/** A provider's API on a socket of this machine, until the test ends. Several answers are given in turn, the last again. */
export async function modelServer(...answers: [ModelAnswer, ...ModelAnswer[]]): Promise<ModelServer> {
  const calls: ModelCall[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    const gone = new Promise<void>((resolve) =>
      response.once("close", () => (response.writableFinished ? undefined : resolve())),
    );
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as ModelCall["body"];
      const call = { path: request.url ?? "", headers: request.headers, body, gone };
      const answer = answers[Math.min(calls.length, answers.length - 1)] ?? answers[0];
      calls.push(call);
      void answer(call, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

export function openAiModel(url: string, modelId = "test-model") {
  return createOpenAICompatible({
    name: "local",
    baseURL: `${url}/v1`,
    apiKey,
    includeUsage: true,
    supportsStructuredOutputs: true,
  })(modelId);
}

export function anthropicModel(url: string, modelId = "claude-sonnet-4-5") {
  return createAnthropic({ baseURL: `${url}/v1`, apiKey })(modelId);
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

export function refusing(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  message = "Something of the provider's own",
): ModelAnswer {
  return (_, response) =>
    answerJson(response, status, { error: { message, type: "error", code: "x" } }, headers);
}

/** Takes the request, and never answers. */
export const silent: ModelAnswer = () => undefined;

export function beginStream(response: ServerResponse): (event: object | string, name?: string) => void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  return (event, name) =>
    void response.write(
      `${name === undefined ? "" : `event: ${name}\n`}data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`,
    );
}

/** Source: platform.openai.com/docs/api-reference/chat. */
const usage = {
  prompt_tokens: 1_200,
  completion_tokens: 80,
  total_tokens: 1_280,
  prompt_tokens_details: { cached_tokens: 200 },
};

const head = { id: "chatcmpl-1", created: 1_735_689_600, model: "test-model-2026" };

export function completion(content: string | null, changes: object = {}): object {
  return {
    ...head,
    object: "chat.completion",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop", ...changes }],
    usage,
  };
}

export function chunk(delta: object, finish_reason: string | null = null): object {
  return { ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }] };
}

export const continueAnswer = JSON.stringify({
  action: "continue",
  message: null,
  reasoning: "The user gets on.",
  confidence: 0.9,
  escalationReason: null,
  suggestedHumanAction: null,
});

const summaryAnswer = JSON.stringify({
  situation: "The user fills in the form.",
  promises: [],
  avoid: [],
  decisions: [],
  open: [],
  facts: [],
  tried: [],
});

/** What a sensible model says where it is held to a shape. */
export function inShape(body: object, decision: string): string {
  return JSON.stringify(body).includes("situation") ? summaryAnswer : decision;
}

/** Answers a call for words word by word, and any other at once. */
export function saying(text: string, decision: string = continueAnswer): ModelAnswer {
  return (call, response) => {
    if (call.body.stream !== true) {
      const asked = "response_format" in call.body;
      return answerJson(response, 200, completion(asked ? inShape(call.body, decision) : text));
    }
    const send = beginStream(response);
    for (const content of text.match(/\S+\s*/g) ?? []) send(chunk({ role: "assistant", content }));
    send(chunk({}, "stop"));
    send({ ...head, object: "chat.completion.chunk", choices: [], usage });
    send("[DONE]");
    response.end();
  };
}

/** Wants a tool, whether or not it is streamed. */
export function callingTool(name: string, args: object | string, id = "call_1"): ModelAnswer {
  const tool_calls = [
    {
      index: 0,
      id,
      type: "function",
      function: { name, arguments: typeof args === "string" ? args : JSON.stringify(args) },
    },
  ];
  return ({ body }, response) => {
    if (body.stream !== true) {
      const message = { role: "assistant", content: null, tool_calls };
      return answerJson(response, 200, completion(null, { message, finish_reason: "tool_calls" }));
    }
    const send = beginStream(response);
    send(chunk({ role: "assistant", tool_calls }));
    send(chunk({}, "tool_calls"));
    send("[DONE]");
    response.end();
  };
}
