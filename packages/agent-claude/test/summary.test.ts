import { sampleAgentInput } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { bench, emptySummary } from "./harness.js";
import { says } from "./messages-server.js";

describe("a summary", () => {
  it("is written from the former one and what happened since, in one form", async () => {
    const { agent, server, signal, usage } = await bench([
      says(JSON.stringify({ ...emptySummary, promises: ["A clerk calls."] })),
    ]);
    const input = sampleAgentInput([{}], { summary: "A clerk promised to call." });
    const text = await agent.summarize(input, { signal, reportUsage: (taken) => void usage.push(taken) });
    expect(text).toBe("The user fills in the form.\nPromised:\n- A clerk calls.");
    expect(server.requests[0]?.text).toContain("A clerk promised to call.");
    expect(server.requests[0]?.body).not.toHaveProperty("tools");
    expect(usage).toHaveLength(1);
  });

  it.each([
    ["nothing", says(JSON.stringify({ ...emptySummary, situation: " " })), /empty/],
    ["words", says("All is well."), /not JSON/],
    ["an error", { status: 529, type: "overloaded_error" }, /529/],
    ["a refusal", { content: [], stopReason: "refusal" }, /refused/],
  ])("that is %s is an error", async (_name, script, reason) => {
    const { agent, signal } = await bench([script]);
    await expect(agent.summarize(sampleAgentInput(), { signal })).rejects.toMatchObject({
      code: "agent_failed",
      message: expect.stringMatching(reason),
    });
  });
});
