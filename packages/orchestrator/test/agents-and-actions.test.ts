import { mockAgent } from "@hybrid-orchestrator/agent-mock";
import type { Agent, Decision, Plugin, TriggerInput } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import { change, harness } from "./harness.js";

const ask: TriggerInput = {
  name: "ask",
  condition: { type: "field_error", field: "*", times: 3, withinSeconds: 60 },
  action: { type: "ask_agent", reason: "struggle" },
};

function agentPlugin(analyze: Agent["analyze"]): Plugin {
  const agent: Agent = {
    name: "scripted",
    analyze,
    async *respond() {
      yield "ok";
    },
  };
  return { specVersion: 1, name: "agent:scripted", setup: (host) => host.agent(agent) };
}

async function struggle(
  orchestrator: Awaited<ReturnType<typeof harness>>["orchestrator"],
  id: string,
): Promise<void> {
  for (let n = 0; n < 3; n += 1) await orchestrator.recordActivity(id, change("ssn", String(n)));
}

describe("ask_agent", () => {
  it("asks the mock agent, whose prompt reaches the user and whose decision is in the log", async () => {
    const { orchestrator, clock, sent } = await harness({ triggers: [ask], plugins: [mockAgent()] });
    const { id, owner } = await orchestrator.createSession({ recipient: { id: "u" } });
    expect(owner.kind).toBe("ai");
    await struggle(orchestrator, id);
    await clock.advance(1_000);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.content).toContain("ssn");
    const { items } = await orchestrator.listActivities(id, { limit: 10, actors: ["ai"] });
    expect(items).toMatchObject([
      { type: "agent_decision", actor: "ai", data: { action: "prompt_user", confidence: 0.85 } },
    ]);
  });

  it.each([
    ["complete", "completed"],
    ["abort", "cancelled"],
    ["continue", "active"],
  ] as const)("acts on the decision %s", async (action, status) => {
    const decide: Agent["analyze"] = async () => ({ action, reasoning: "because", confidence: 1 });
    const { orchestrator, clock, sent } = await harness({ triggers: [ask], plugins: [agentPlugin(decide)] });
    const { id } = await orchestrator.createSession();
    await struggle(orchestrator, id);
    await clock.advance(1_000);
    expect((await orchestrator.getSession(id)).status).toBe(status);
    expect(sent).toEqual([]);
  });

  it("asks again when the agent says that its model could not be reached, and records what a decision took", async () => {
    let calls = 0;
    const decide: Agent["analyze"] = async (_input, { reportUsage }) => {
      calls += 1;
      reportUsage?.({ model: "m", inputTokens: 10, outputTokens: calls });
      const failure = { reason: "overloaded", retryable: true, retryAfterMs: 5_000 };
      if (calls === 1) return { action: "continue", reasoning: "", confidence: 0, failure };
      return { action: "continue", reasoning: "fine", confidence: 1 };
    };
    const { orchestrator, clock } = await harness({ triggers: [ask], plugins: [agentPlugin(decide)] });
    const { id } = await orchestrator.createSession();
    await struggle(orchestrator, id);
    await clock.advance(4_000);
    expect(calls).toBe(1);
    await clock.advance(2_000);
    expect(calls).toBe(2);
    const { items } = await orchestrator.listActivities(id, { limit: 10, actors: ["ai"] });
    expect(items).toMatchObject([
      { type: "agent_decision", data: { usage: [{ model: "m", inputTokens: 10, outputTokens: 2 }] } },
    ]);
  });

  it("takes a failure that no repetition mends for the end of the call", async () => {
    const failure = { reason: "no credit", retryable: false };
    const decide: Agent["analyze"] = async () => ({
      action: "continue",
      reasoning: "",
      confidence: 0,
      failure,
    });
    const { orchestrator, clock } = await harness({ triggers: [ask], plugins: [agentPlugin(decide)] });
    const failed: string[] = [];
    orchestrator.on("agent.failed", ({ data }) => void failed.push(data.error));
    const { id } = await orchestrator.createSession();
    await struggle(orchestrator, id);
    await clock.advance(60_000);
    expect(failed).toEqual(["no credit"]);
  });

  it("records that a human is wanted", async () => {
    const decide: Agent["analyze"] = async () => ({
      action: "escalate",
      reasoning: "r",
      confidence: 1,
      escalationReason: "angry",
      suggestedHumanAction: "call",
    });
    const { orchestrator, clock } = await harness({ triggers: [ask], plugins: [agentPlugin(decide)] });
    const { id } = await orchestrator.createSession();
    await struggle(orchestrator, id);
    await clock.advance(1_000);
    const { events } = await orchestrator.readEvents({ session: id });
    expect(events.find(({ type }) => type === "escalation.requested")?.data).toEqual({
      reason: "angry",
      requestedBy: "agent:scripted",
      suggestedHumanAction: "call",
    });
  });

  it("gives the agent the session, its activities and the reason", async () => {
    const inputs: unknown[] = [];
    const decide: Agent["analyze"] = async (input) => {
      inputs.push(input);
      return { action: "continue", reasoning: "", confidence: 1 };
    };
    const { orchestrator, clock } = await harness({ triggers: [ask], plugins: [agentPlugin(decide)] });
    const { id } = await orchestrator.createSession({ summary: "so far" });
    await struggle(orchestrator, id);
    await clock.advance(1_000);
    expect(inputs).toMatchObject([
      {
        session: { id },
        summary: "so far",
        activities: [{ seq: 1 }, { seq: 2 }, { seq: 3 }],
        context: { reason: "struggle", trigger: "ask" },
      },
    ]);
  });

  it("is tried again when the agent fails, and given up in the end", async () => {
    let calls = 0;
    const decide: Agent["analyze"] = async () => {
      calls += 1;
      throw new Error("overloaded");
    };
    const { orchestrator, clock } = await harness({
      triggers: [ask],
      plugins: [agentPlugin(decide)],
      maxTries: 3,
    });
    const { id } = await orchestrator.createSession();
    await struggle(orchestrator, id);
    await clock.advance(600_000);
    expect(calls).toBe(3);
    const { events } = await orchestrator.readEvents({ session: id });
    expect(events.filter(({ type }) => type === "agent.failed").map(({ data }) => data)).toMatchObject([
      { error: "overloaded" },
    ]);
  });

  it("that fails tells no secret and no address with its error, and no flood of text", async () => {
    const secret = "401 for api_key=sk-live-4f9a8b7c6d5e, asked by ada@example.com: ";
    const decide: Agent["analyze"] = () => Promise.reject(new Error(secret + "x ".repeat(100_000)));
    const { orchestrator, clock } = await harness({
      triggers: [ask],
      plugins: [agentPlugin(decide)],
      maxTries: 1,
    });
    const { id } = await orchestrator.createSession();
    await struggle(orchestrator, id);
    await clock.advance(1_000);
    const { events } = await orchestrator.readEvents({ session: id });
    const told = JSON.stringify(events.at(-1));
    expect(told).toContain("agent.failed");
    expect(told).not.toMatch(/sk-live|ada@/);
    expect(told.length).toBeLessThan(1_000);
  });

  it("does not wait for ever", async () => {
    const decide: Agent["analyze"] = () => new Promise<Decision>(() => undefined);
    const { orchestrator, clock } = await harness({
      triggers: [ask],
      plugins: [agentPlugin(decide)],
      agentTimeoutMs: 1_000,
      maxTries: 1,
    });
    const { id } = await orchestrator.createSession();
    await struggle(orchestrator, id);
    await clock.advance(2_000);
    const { events } = await orchestrator.readEvents({ session: id });
    expect(events.at(-1)).toMatchObject({
      type: "agent.failed",
      data: { error: expect.stringContaining("1000 ms") },
    });
  });

  it("does nothing with an answer that makes no sense", async () => {
    const { orchestrator, clock, sent } = await harness({
      triggers: [ask],
      plugins: [agentPlugin(async () => ({ action: "dance" }) as never)],
    });
    const { id } = await orchestrator.createSession();
    await struggle(orchestrator, id);
    await clock.advance(1_000);
    expect(sent).toEqual([]);
    const { events } = await orchestrator.readEvents({ session: id });
    expect(events.at(-1)?.type).toBe("agent.failed");
  });

  it("drops a decision that arrives after the session has ended", async () => {
    let answer: (decision: Decision) => void = () => undefined;
    const decide: Agent["analyze"] = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const { orchestrator, clock, sent } = await harness({ triggers: [ask], plugins: [agentPlugin(decide)] });
    const { id } = await orchestrator.createSession({ recipient: { id: "u" } });
    await struggle(orchestrator, id);
    await clock.advance(1_000);
    await orchestrator.complete(id);
    answer({ action: "prompt_user", message: "Hello?", reasoning: "", confidence: 1 });
    await orchestrator.idle();
    await clock.advance(1_000);
    expect(sent).toEqual([]);
  });

  it("asks once while one question waits for an answer", async () => {
    let calls = 0;
    const decide: Agent["analyze"] = async () => {
      calls += 1;
      return { action: "continue", reasoning: "", confidence: 1 };
    };
    const twice: TriggerInput = { ...ask, name: "again" };
    const { orchestrator, clock } = await harness({ triggers: [ask, twice], plugins: [agentPlugin(decide)] });
    const { id } = await orchestrator.createSession();
    await struggle(orchestrator, id);
    await clock.advance(1_000);
    expect(calls).toBe(1);
  });
});

describe("a custom action", () => {
  it("is called, with what it needs; a failed one is tried again under the same key", async () => {
    const calls: unknown[] = [];
    const trigger: TriggerInput = {
      name: "act",
      condition: { type: "field_changed" },
      action: [
        {
          type: "custom",
          params: { n: 1 },
          run: async (context) => {
            calls.push([context.session.id, context.trigger, context.params, context.idempotencyKey]);
            if (calls.length === 1) throw new Error("not yet");
          },
        },
        { type: "custom", run: "named" },
      ],
    };
    let named = 0;
    const plugin: Plugin = {
      specVersion: 1,
      name: "p",
      setup: (host) =>
        host.action("named", () => {
          named += 1;
        }),
    };
    const { orchestrator, clock } = await harness({ triggers: [trigger], plugins: [plugin] });
    const { id } = await orchestrator.createSession();
    await orchestrator.recordActivity(id, change("a"));
    await clock.advance(120_000);
    expect(calls).toHaveLength(2);
    expect(calls[1]).toEqual(calls[0]);
    expect(calls[0]).toMatchObject([id, "act", { n: 1 }, expect.any(String)]);
    expect(named).toBe(1);
    const { events } = await orchestrator.readEvents({ session: id });
    expect(events.filter(({ type }) => type === "action.done")).toHaveLength(2);
  });
});

it("tells no secret with the error of an action", async () => {
  const { orchestrator, clock } = await harness({
    triggers: [
      {
        name: "act",
        condition: { type: "field_changed" },
        action: {
          type: "custom",
          run: () => Promise.reject(new Error("password=hunter2 refused for ada@example.com")),
        },
      },
    ],
    maxTries: 1,
  });
  const { id } = await orchestrator.createSession();
  await orchestrator.recordActivity(id, change("a"));
  await clock.advance(1_000);
  const { events } = await orchestrator.readEvents({ session: id });
  expect(events.at(-1)).toMatchObject({
    type: "action.failed",
    data: { error: "password=[secret] refused for [email]" },
  });
});

describe("the effects loop", () => {
  it("runs at most eight calls of one agent side by side, and all of them in the end", async () => {
    let running = 0;
    let most = 0;
    let calls = 0;
    const answers: (() => void)[] = [];
    const decide: Agent["analyze"] = async () => {
      calls += 1;
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => answers.push(resolve));
      running -= 1;
      return { action: "continue", reasoning: "", confidence: 1 };
    };
    const { orchestrator, clock } = await harness({ triggers: [ask], plugins: [agentPlugin(decide)] });
    const sessions = await Promise.all(Array.from({ length: 30 }, () => orchestrator.createSession()));
    for (const { id } of sessions) await struggle(orchestrator, id);
    for (let round = 0; round < 10; round += 1) {
      await clock.advance(2_000);
      for (const answer of answers.splice(0)) answer();
    }
    expect(calls).toBe(30);
    expect(most).toBe(8);
  });
});
