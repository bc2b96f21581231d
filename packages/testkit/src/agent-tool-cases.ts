import type { OfferedTool, ToolResult } from "@hybrid-orchestrator/core";
import type { AgentCases } from "./agent-suite.js";
import { sampleAgentInput, sampleOfferedTool } from "./samples.js";
import { outcomeOf, promptMs } from "./suite-helpers.js";

const results: readonly ToolResult[] = [
  { status: "done", result: { ok: true } },
  { status: "failed", error: "It is closed." },
  { status: "refused", error: "It is not yours." },
  { status: "awaiting_approval", approvalId: "approval_1" },
];

/** An agent whose model asks for a tool. */
export function declareToolCases({ options, timeoutMs, analyze, respond }: AgentCases): void {
  const { it, expect, usingTool } = options;
  if (usingTool === undefined) return;

  function expectRight(calls: ReturnType<typeof sampleOfferedTool>["calls"]): void {
    expect(calls.length > 0, "the tool was called").toBe(true);
    for (const { callId, args } of calls) {
      expect(typeof callId === "string" && callId.length > 0, "the id of a call is a text").toBe(true);
      expect(
        typeof args === "object" && args !== null && !Array.isArray(args),
        "the arguments are an object",
      ).toBe(true);
    }
  }

  for (const result of results) {
    it(`calls a tool, and decides when it is ${result.status}`, async () => {
      const { tool, calls } = sampleOfferedTool(result);
      const decision = await analyze(await usingTool(tool.name), sampleAgentInput([{}], { tools: [tool] }));
      expect(decision.failure === undefined, "it could decide").toBe(true);
      expectRight(calls);
      if (result.status === "awaiting_approval")
        expect(calls.length, "calls after a human was asked, that one included").toBe(1);
    });
  }

  it("calls a tool on the way to an answer", async () => {
    const { tool, calls } = sampleOfferedTool({ status: "done", result: { ok: true } });
    const agent = await usingTool(tool.name);
    const input = sampleAgentInput([{}], { tools: [tool] });
    const outcome = await outcomeOf(() => respond(agent, "Where is my order?", input), timeoutMs);
    expect(outcome.kind, "what became of the answer").toBe("value");
    expectRight(calls);
  });

  it("decides also when a tool breaks its contract and throws", async () => {
    const { tool } = sampleOfferedTool();
    const broken: OfferedTool = { ...tool, call: () => Promise.reject(new Error("the tool throws")) };
    await analyze(await usingTool(tool.name), sampleAgentInput([{}], { tools: [broken] }));
  });

  it("ends promptly when its signal is aborted while a tool is at work", async () => {
    const { tool } = sampleOfferedTool();
    const controller = new AbortController();
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const endless: OfferedTool = {
      ...tool,
      call() {
        begin();
        return new Promise(() => undefined);
      },
    };
    const agent = await usingTool(tool.name);
    const input = sampleAgentInput([{}], { tools: [endless] });
    const work = outcomeOf(() => agent.analyze(input, { signal: controller.signal }), timeoutMs + promptMs);
    const called = await outcomeOf(() => begun, timeoutMs);
    expect(called.kind, "the tool was called").toBe("value");
    controller.abort();
    const ended = await outcomeOf(() => work);
    expect(ended.kind, `what became of the decision ${promptMs} ms after the abort`).toBe("value");
  });
}
