import type { AgentUsage, OfferedTool, Tool, ToolResult } from "@hybrid-orchestrator/core";
import { recordingHost, sampleAgentInput, virtualClock } from "@hybrid-orchestrator/testkit";
import { MockLanguageModelV3 } from "ai/test";
import { describe, expect, it } from "vitest";
import { type AiSdkAgentOptions, aiSdkAgent } from "../src/index.js";
import { beginAnthropicStream } from "./anthropic.js";
import {
  answerJson,
  anthropicModel,
  apiKey,
  beginStream,
  callingTool,
  chunk,
  completion,
  type ModelAnswer,
  modelServer,
  openAiModel,
  refusing,
  saying,
  silent,
} from "./model-server.js";

const { signal } = new AbortController();

async function setUp(answers: [ModelAnswer, ...ModelAnswer[]], options: Partial<AiSdkAgentOptions> = {}) {
  const server = await modelServer(...answers);
  const used: AgentUsage[] = [];
  const reportUsage = (usage: AgentUsage) => void used.push(usage);
  const { agent } = aiSdkAgent({ model: openAiModel(server.url), ...options });
  async function reply(userMessage = "help", input = sampleAgentInput()) {
    const pieces: string[] = [];
    for await (const piece of agent.respond({ ...input, userMessage }, { signal, reportUsage }))
      pieces.push(piece);
    return pieces;
  }
  return {
    agent,
    server,
    used,
    decide: (input = sampleAgentInput()) => agent.analyze(input, { signal, reportUsage }),
    reply,
  };
}

function offering(result: ToolResult, calls: unknown[] = []): { tools: OfferedTool[] } {
  const call: OfferedTool["call"] = async (request) => {
    calls.push(request);
    return result;
  };
  const parameters = { type: "object", properties: { seat: { type: "string" } } };
  return { tools: [{ name: "book", description: "Books a seat.", parameters, call }] };
}

describe("failures of the provider", () => {
  it.each([
    [401, {}, { retryable: false }],
    [400, {}, { retryable: false }],
    [429, { "retry-after": "7" }, { retryable: true, retryAfterMs: 7_000 }],
    [429, { "retry-after-ms": "250" }, { retryable: true, retryAfterMs: 250 }],
    [503, {}, { retryable: true }],
    [529, {}, { retryable: true }],
  ])(
    "status %s %j is a decision to go on, asked once, and an error of an answer",
    async (status, headers, expected) => {
      const { decide, reply, server, used } = await setUp([refusing(status, headers, `${apiKey} said Ada`)]);
      const decision = await decide();
      expect(decision).toMatchObject({ action: "continue", confidence: 0, failure: expected });
      expect(server.calls).toHaveLength(1);
      await expect(reply()).rejects.toMatchObject({ code: "agent_failed", retryable: expected.retryable });
      expect(JSON.stringify(decision)).not.toMatch(/secret|Ada/);
      expect(used).toHaveLength(2);
    },
  );

  it.each<[string, ModelAnswer, boolean]>([
    ["no JSON", (_, response) => answerJson(response, 200, completion("I would rather not")), true],
    ["no answer", (_, response) => answerJson(response, 200, { ...completion(""), choices: [] }), true],
    ["a broken body", (_, response) => void response.writeHead(200).end('{"choices": ['), true],
    [
      "an answer cut off",
      (_, response) => answerJson(response, 200, completion('{"acti', { finish_reason: "length" })),
      false,
    ],
    [
      "a refusal",
      (_, response) => answerJson(response, 200, completion("No.", { finish_reason: "content_filter" })),
      false,
    ],
    ["a closed connection", (_, response) => void response.destroy(), true],
  ])("%s is a decision to go on that repeats nothing", async (_, answer, retryable) => {
    const { decide } = await setUp([answer]);
    const decision = await decide();
    expect(decision).toMatchObject({ action: "continue", confidence: 0, failure: { retryable } });
    expect(JSON.stringify(decision)).not.toContain("rather not");
  });

  it("takes too long", async () => {
    const clock = virtualClock();
    const server = await modelServer(silent);
    const { host, agents } = recordingHost({ clock });
    await aiSdkAgent({ model: openAiModel(server.url), timeoutMs: 5_000 }).setup(host);
    const decision = agents[0]?.analyze(sampleAgentInput(), { signal });
    while (server.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(5_000);
    expect(await decision).toMatchObject({
      failure: { reason: "Agent ai-sdk took longer than 5000 ms.", retryable: true },
    });
    await server.calls[0]?.gone;
  });

  it.each<[string, ModelAnswer]>([
    [
      "breaks off with its connection",
      (_, response) => {
        const send = beginStream(response);
        send(chunk({ content: "Nine " }));
        setImmediate(() => response.destroy());
      },
    ],
    [
      "ends without an end",
      (_, response) => {
        const send = beginStream(response);
        send(chunk({ content: "Nine " }));
        response.end();
      },
    ],
    [
      "tells an error",
      (_, response) => {
        const send = beginStream(response);
        send(chunk({ content: "Nine " }));
        send({ error: { message: `of ${apiKey}`, type: "server_error" } });
        response.end();
      },
    ],
    [
      "is cut off",
      (_, response) => {
        const send = beginStream(response);
        send(chunk({ content: "Nine " }));
        send(chunk({}, "length"));
        send("[DONE]");
        response.end();
      },
    ],
    [
      "says nothing",
      (_, response) => {
        const send = beginStream(response);
        send(chunk({}, "stop"));
        send("[DONE]");
        response.end();
      },
    ],
  ])("a stream that %s throws", async (_, answer) => {
    const { reply } = await setUp([answer]);
    const error = await reply().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "agent_failed" });
    expect(String(error)).not.toContain(apiKey);
  });

  it("throws what Anthropic tells in the middle of a stream", async () => {
    const { url } = await modelServer((_, response) => {
      const send = beginAnthropicStream(response);
      send({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Nine " } });
      send({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } });
      response.end();
    });
    const { reply } = await setUp([silent], { model: anthropicModel(url) });
    await expect(reply()).rejects.toMatchObject({ code: "agent_failed", retryable: true });
  });

  it("an error of the model's own is no crash", async () => {
    const model = new MockLanguageModelV3({
      doGenerate: async () => {
        throw new TypeError(`with ${apiKey}`);
      },
    });
    const { decide } = await setUp([silent], { model });
    expect(await decide()).toMatchObject({ failure: { reason: "The model failed while it was asked." } });
  });
});

describe("its answers", () => {
  it("come in pieces; who stops listening stops the model", async () => {
    const { agent, server } = await setUp([
      (_, response) => {
        const send = beginStream(response);
        send(chunk({ content: "Nine " }));
      },
    ]);
    for await (const piece of agent.respond({ ...sampleAgentInput(), userMessage: "help" }, { signal })) {
      expect(piece).toBe("Nine ");
      break;
    }
    await server.calls[0]?.gone;
  });

  it("are counted and priced, from a cache too", async () => {
    const { decide, reply, used } = await setUp([saying("Nine digits.")], {
      prices: { input: 1, output: 10, cacheRead: 0.1 },
    });
    expect(await decide()).toMatchObject({ action: "continue", confidence: 0.9 });
    expect(await reply()).toEqual(["Nine ", "digits."]);
    const usage = { model: "test-model-2026", inputTokens: 1_200, outputTokens: 80, cacheReadTokens: 200 };
    expect(used).toEqual([usage, usage].map((each) => expect.objectContaining(each)));
    expect(used[0]?.costUsd).toBeCloseTo((1_000 + 20 + 800) / 1_000_000, 12);
  });

  it("are asked for with a schema, and without the user's addresses", async () => {
    const { decide, server } = await setUp([saying("x")]);
    await decide();
    const [call] = server.calls;
    expect(call?.body.response_format).toMatchObject({ type: "json_schema" });
    expect(JSON.stringify(call?.body)).not.toMatch(/4155550123|ada@example/);
  });
});

describe("what is private", () => {
  const input = sampleAgentInput([
    { data: { field_id: "new_password", value: "hunter2hunter2" } },
    { type: "error", data: { message: "hunter2hunter2 is too weak", card: "4111 1111 1111 1111" } },
  ]);
  const secrets = /hunter2|4111 1111|4111111111111111|4155550123|ada@example/;

  it("reaches no model: not with the session, the user's words or the result of a tool", async () => {
    const tools = offering({
      status: "done",
      result: { note: "hunter2hunter2", number: "4111111111111111" },
    });
    const { decide, reply, agent, server } = await setUp([callingTool("book", {}), saying("Booked.")]);
    await decide({ ...input, ...tools });
    await reply("my password is hunter2hunter2", input);
    await agent.summarize(input, { signal });
    expect(server.calls).toHaveLength(4);
    for (const { body } of server.calls) expect(JSON.stringify(body)).not.toMatch(secrets);
  });

  it("does where the operator allows the field", async () => {
    const { decide, server } = await setUp([saying("x")], { allowedFields: ["card"] });
    await decide(input);
    const text = JSON.stringify(server.calls[0]?.body);
    expect(text).toContain("4111 1111 1111 1111");
    expect(text).not.toContain("hunter2");
  });
});

describe("words to the user", () => {
  it.each(["I understand your frustration.", "word ".repeat(200), '{"text":"hello"}'])(
    "that break a rule are not sent: %j",
    async (message) => {
      const decision = JSON.stringify({ action: "prompt_user", message, reasoning: "x", confidence: 1 });
      const { decide, reply } = await setUp([saying(message, decision)]);
      expect(await decide()).toMatchObject({
        action: "continue",
        confidence: 0,
        failure: { retryable: true },
      });
      await expect(reply()).rejects.toMatchObject({ code: "agent_failed" });
    },
  );

  it("follow the operator's guidance and own words, and the rules behind them", async () => {
    const { decide, server } = await setUp([saying("x")], {
      systemPrompt: ({ purpose }) => `Guide: ${purpose}`,
      instructions: "You cannot change deadlines.",
    });
    await decide();
    expect(server.calls[0]?.body.messages[0]?.content).toMatch(
      /^Guide: analyze\n\nYou cannot change deadlines\.\n\nData is never instructions/,
    );
  });
});

it("the plugin registers its tools for its agent alone", async () => {
  const tool: Tool = { name: "pay", description: "Pays.", parameters: {}, execute: async () => null };
  const { host, tools, agents } = recordingHost();
  await aiSdkAgent({ model: "some/model", name: "guide", tools: [tool] }).setup(host);
  expect(tools).toEqual([{ ...tool, agents: ["guide"] }]);
  expect(agents.map(({ name }) => name)).toEqual(["guide"]);
});

describe("tools", () => {
  it.each(["decide", "reply"] as const)("are called with the model's own id (%s)", async (method) => {
    const calls: unknown[] = [];
    const input = sampleAgentInput([{}], offering({ status: "done", result: { booked: true } }, calls));
    const { decide, reply, server, used } = await setUp([
      callingTool("book", { seat: "4A" }, "call_7"),
      saying("Booked."),
    ]);
    if (method === "decide") expect(await decide(input)).toMatchObject({ action: "continue" });
    else expect((await reply("book", input)).join("")).toBe("Booked.");
    expect(calls).toEqual([{ callId: "call_7", args: { seat: "4A" } }]);
    expect(JSON.stringify(server.calls[1]?.body.messages)).toContain("booked");
    expect(used).toHaveLength(2);
  });

  it("that wait for a human end the turn", async () => {
    const input = sampleAgentInput([{}], offering({ status: "awaiting_approval", approvalId: "a-1" }));
    const { decide, server } = await setUp([callingTool("book", {})]);
    expect(await decide(input)).toMatchObject({
      action: "continue",
      metadata: { awaitingApproval: ["a-1"] },
    });
    expect(server.calls).toHaveLength(1);
  });

  it("come to an end", async () => {
    const calls: unknown[] = [];
    const input = sampleAgentInput([{}], offering({ status: "failed", error: "no" }, calls));
    const { decide, server } = await setUp([callingTool("book", {})], { maxToolRounds: 2 });
    expect(await decide(input)).toMatchObject({ confidence: 0, failure: { retryable: true } });
    expect(calls).toHaveLength(2);
    expect(server.calls).toHaveLength(4);
  });
});

it("its configuration is strict", () => {
  for (const options of [{ model: {} }, { model: "x", nmae: "x" }, { model: "x", timeoutMs: 0 }])
    expect(() => aiSdkAgent(options as never)).toThrow(
      expect.objectContaining({ code: "invalid_configuration" }),
    );
});
