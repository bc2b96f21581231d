import { sampleAgentInput } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { bench, emptySummary } from "./harness.js";
import { says } from "./messages-server.js";

const full = {
  situation: "The user is at step 3.",
  promises: ["A clerk calls before noon."],
  avoid: ["Do not ask for the SSN again."],
  decisions: [],
  open: ["The address."],
  facts: ["Lives in  Graz.\nSince 2020."],
  tried: ["", "Explained the format."],
};

const rendered = `The user is at step 3.
Promised:
- A clerk calls before noon.
Do not:
- Do not ask for the SSN again.
Open:
- The address.
Facts:
- Lives in Graz. Since 2020.
Tried:
- Explained the format.`;

describe("a summary", () => {
  it("is written from the former one and what happened since, in one form", async () => {
    const { agent, server, signal, usage } = await bench([says(JSON.stringify(full))]);
    const input = sampleAgentInput([{}], { summary: "A clerk promised to call." });
    const text = await agent.summarize(input, { signal, reportUsage: (taken) => void usage.push(taken) });
    expect(text).toBe(rendered);
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
