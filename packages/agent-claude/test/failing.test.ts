import { inspect } from "node:util";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import { recordingHost, sampleAgentInput, virtualClock } from "@hybrid-orchestrator/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { claudeAgent } from "../src/index.js";
import { bench } from "./harness.js";
import { apiKey, messagesServer, type Script, says } from "./messages-server.js";

const partial = { reply: says("Nine digits are needed here."), after: 4 } as const;

const troubles: readonly (readonly [
  string,
  Script,
  { reason: RegExp; retryable: boolean; retryAfterMs?: number },
])[] = [
  [
    "429 with a time",
    { status: 429, type: "rate_limit_error", headers: { "retry-after": "7" } },
    { reason: /429 \(rate_limit_error\), request req_local1/, retryable: true, retryAfterMs: 7_000 },
  ],
  ["429 without", { status: 429, type: "rate_limit_error" }, { reason: /429/, retryable: true }],
  [
    "529 with a finer time",
    { status: 529, type: "overloaded_error", headers: { "retry-after-ms": "1500", "retry-after": "9" } },
    { reason: /529 \(overloaded_error\)/, retryable: true, retryAfterMs: 1_500 },
  ],
  ["500", { status: 500 }, { reason: /500/, retryable: true }],
  [
    "503 that says not to",
    { status: 503, headers: { "x-should-retry": "false" } },
    { reason: /503/, retryable: false },
  ],
  [
    "400",
    { status: 400, type: "invalid_request_error" },
    { reason: /400 \(invalid_request_error\)/, retryable: false },
  ],
  ["401", { status: 401, type: "authentication_error" }, { reason: /401/, retryable: false }],
  ["404", { status: 404, type: "not_found_error" }, { reason: /404/, retryable: false }],
  [
    "a redirect",
    { status: 307, headers: { location: "http://127.0.0.1:9/" } },
    { reason: /307/, retryable: false },
  ],
  ["a closed connection", "drop", { reason: /could not be reached/, retryable: true }],
  [
    "what is no JSON",
    { raw: "<html>502</html>" },
    { reason: /could not be read|broke off/, retryable: true },
  ],
  ["another JSON", { raw: "{}" }, { reason: /./, retryable: true }],
];

const unusable: readonly (readonly [string, Script, RegExp, boolean])[] = [
  ["a refusal", { content: [], stopReason: "refusal" }, /refused/, false],
  ["an answer cut off", says('{"reasoning": "The us', { stopReason: "max_tokens" }), /maxTokens/, true],
  ["a request too long", { content: [], stopReason: "model_context_window_exceeded" }, /too long/, false],
  ["a pause", { content: [], stopReason: "pause_turn" }, /stopped before/, true],
  ["nothing", { content: [] }, /empty/, true],
  [
    "a tool that nobody offered",
    { content: [{ type: "tool_use", id: "t", name: "pay", input: {} }] },
    /tool/,
    true,
  ],
  ["plain words", says("I think you should continue."), /not JSON/, true],
  ["another shape", says('{"action":"dance"}'), /wrong shape/, true],
];

describe("a decision that cannot be made is to continue, with the reason", () => {
  it.each(troubles)("after %s", async (_name, script, failure) => {
    const { analyze, server, usage } = await bench([script]);
    const decision = await analyze();
    expect(decision).toMatchObject({ action: "continue", confidence: 0 });
    expect(decision.failure).toEqual({ ...failure, reason: expect.stringMatching(failure.reason) });
    expect(server.requests, "no retry").toHaveLength(1);
    expect(usage, "reported without tokens").toMatchObject([{ inputTokens: 0, outputTokens: 0 }]);
  });

  it.each(unusable)("after %s, and its tokens are reported", async (_name, script, reason, retryable) => {
    const { analyze, usage } = await bench([script]);
    const decision = await analyze();
    expect(decision).toMatchObject({ action: "continue", confidence: 0, failure: { retryable } });
    expect(decision.failure?.reason).toMatch(reason);
    expect(usage).toMatchObject([{ inputTokens: 100, outputTokens: 20 }]);
  });

  it("where nobody listens", async () => {
    const server = await messagesServer();
    await server.close();
    const { agent } = claudeAgent({ apiKey, baseUrl: server.url });
    const { signal } = new AbortController();
    expect((await agent.analyze(sampleAgentInput(), { signal })).failure).toEqual({
      reason: "The model's API could not be reached (ECONNREFUSED).",
      retryable: true,
    });
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no such workflow");
      },
      /systemPrompt threw: no such workflow/,
    ],
    ["gives nothing", () => "", /systemPrompt gave no text/],
  ])("where the function for the prompt %s", async (_name, systemPrompt, reason) => {
    const { analyze, server } = await bench([], { systemPrompt });
    expect(await analyze()).toMatchObject({
      failure: { reason: expect.stringMatching(reason), retryable: false },
    });
    expect(server.requests).toEqual([]);
  });

  it.each<[string, Script]>([
    ["is silent", "hang"],
    ["falls silent within its answer", { ...partial, ends: "hang" }],
  ])("when the API %s for too long, by the host's clock", async (_name, script) => {
    const server = await messagesServer(() => script);
    try {
      const clock = virtualClock();
      const { host, agents } = recordingHost({ clock });
      await claudeAgent({ apiKey, baseUrl: server.url, timeoutMs: 30_000 }).setup(host);
      const { signal } = new AbortController();
      const decision = agents[0]?.analyze(sampleAgentInput(), { signal });
      await vi.waitFor(() => expect(server.requests).toHaveLength(1));
      await clock.advance(30_000);
      expect((await decision)?.failure).toEqual({
        reason: "The model's API took longer than 30000 ms.",
        retryable: true,
      });
      await server.abandoned;
    } finally {
      await server.close();
    }
  });
});

describe("an answer to the user that fails throws", () => {
  it.each(troubles)("after %s", async (_name, script, { reason, retryable }) => {
    const { respond, pieces } = await bench([script]);
    const error: unknown = await respond().catch((thrown: unknown) => thrown);
    expect(OrchestratorError.isInstance(error, "agent_failed") && error.retryable).toBe(retryable);
    if (!/JSON/.test(_name)) expect((error as Error).message).toMatch(reason);
    expect(pieces).toEqual([]);
  });

  it.each<[string, Script, RegExp]>([
    ["breaks off", { ...partial, after: 6, ends: "break" }, /broke off/],
    ["ends without its last events", { ...partial, after: 6, ends: "end" }, /broke off/],
    ["has an error in it", { ...partial, after: 6, ends: { error: "overloaded_error" } }, /overloaded_error/],
  ])(
    "when the stream %s after the first words, and its tokens are reported",
    async (_name, script, reason) => {
      const { respond, pieces, usage } = await bench([script]);
      await expect(respond()).rejects.toThrow(reason);
      expect(pieces.join("")).toBe("Nine digits ");
      expect(usage).toMatchObject([{ inputTokens: 100, outputTokens: 1 }]);
    },
  );

  it.each<[string, Script, RegExp]>([
    ["is empty", { content: [] }, /no words/],
    ["is refused", { content: [], stopReason: "refusal" }, /refused/],
    ["is cut off", says("Nine dig", { stopReason: "max_tokens" }), /maxTokens/],
    ["is too long", says("word ".repeat(200)), /longer than 600/],
    ["is JSON", says('{"message": "Nine digits."}'), /JSON/],
    ["is a code fence", says("```\nNine digits.\n```"), /code fence/],
    ["says what is banned", says("Well, as an AI I see nine digits."), /banned phrase/],
    ["asks for a tool", { content: [{ type: "tool_use", id: "t", name: "pay", input: {} }] }, /tool/],
  ])("when it %s", async (_name, script, reason) => {
    const { respond, pieces, usage } = await bench([script]);
    await expect(respond()).rejects.toThrow(reason);
    expect(pieces.join("")).not.toMatch(/as an ai\b|```|\{/i);
    expect(usage).toHaveLength(1);
  });
});

describe("an abort", () => {
  it("ends a call promptly, closes its connection and is thrown", async () => {
    for (const script of ["hang", { ...partial, after: 6, ends: "hang" }] satisfies Script[]) {
      const { agent, server } = await bench([script]);
      const controller = new AbortController();
      const reason = new Error("enough");
      const { signal } = controller;
      const work =
        script === "hang"
          ? agent.analyze(sampleAgentInput(), { signal })
          : collect(agent.respond({ ...sampleAgentInput(), userMessage: "?" }, { signal }));
      await vi.waitFor(() => expect(server.requests).toHaveLength(1));
      controller.abort(reason);
      await expect(work).rejects.toBe(reason);
      await server.abandoned;
    }
  });

  it("closes the connection when nobody reads on", async () => {
    const { agent, server, signal, usage } = await bench([{ ...partial, after: 6, ends: "hang" }]);
    const taken = { signal, reportUsage: (one: (typeof usage)[number]) => void usage.push(one) };
    for await (const piece of agent.respond({ ...sampleAgentInput(), userMessage: "?" }, taken)) {
      expect(piece).toBe("Nine ");
      break;
    }
    await server.abandoned;
    expect(usage).toHaveLength(1);
  });
});

describe("secrets", () => {
  const printed = ["log", "info", "warn", "error", "debug"].map((method) =>
    vi.spyOn(console, method as "log").mockImplementation(() => undefined),
  );
  afterEach(() => vi.unstubAllEnvs());

  it("stand in no decision, no error and no output, also when the API quotes them", async () => {
    vi.stubEnv("ANTHROPIC_LOG", "debug");
    const headers = { "x-gateway-key": "gateway-secret-123" };
    const quoting = {
      status: 400,
      type: "invalid_request_error",
      message: `${apiKey} and gateway-secret-123 and Ada`,
    };
    const results: unknown[] = [];
    for (const script of [quoting, { raw: `{"oops": "${apiKey} Ada"` }, says(`${apiKey} Ada`)]) {
      const { analyze, respond, agent, signal } = await bench([script, quoting, script], { headers });
      results.push(await analyze());
      results.push(await respond().catch((thrown: unknown) => thrown));
      results.push(await agent.summarize(sampleAgentInput(), { signal }).catch((thrown: unknown) => thrown));
    }
    expect(results).toHaveLength(9);
    const all = inspect([results, printed.map(({ mock }) => mock.calls)], { depth: 20 });
    expect(all).not.toMatch(/sk-ant|gateway-secret|Ada\b/);
  });

  it("of the environment are not sent along", async () => {
    vi.stubEnv("ANTHROPIC_AUTH_TOKEN", "env-auth-token");
    vi.stubEnv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9");
    const { analyze, server } = await bench();
    await analyze();
    expect(JSON.stringify(server.requests[0]?.headers)).not.toContain("env-auth-token");
  });
});

async function collect(pieces: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}
