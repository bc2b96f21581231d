import { sampleAgentInput } from "@hybrid-orchestrator/testkit";
import { describe, expect, it } from "vitest";
import { descriptor, mockAgent } from "../src/index.js";

const signal = new AbortController().signal;

function changes(...fields: unknown[]) {
  return sampleAgentInput(fields.map((field) => ({ data: { field_id: field as string } })));
}

async function replyTo(userMessage: string): Promise<string> {
  let text = "";
  for await (const piece of mockAgent().agent.respond({ ...sampleAgentInput(), userMessage }, { signal }))
    text += piece;
  return text;
}

describe("its decisions", () => {
  it("greets where nothing has happened", async () => {
    const decision = await mockAgent().agent.analyze(sampleAgentInput([]), { signal });
    expect(decision).toMatchObject({ action: "prompt_user", confidence: 0.9 });
    expect(decision.message).toMatch(/hello/i);
  });

  it.each([3, 4, 9])("offers help with the field that was changed %s times, and no other", async (times) => {
    const decision = await mockAgent().agent.analyze(changes(...Array(times).fill("ssn")), { signal });
    expect(decision).toMatchObject({ action: "prompt_user", confidence: 0.85 });
    expect(decision.message).toContain("ssn");
  });

  it.each([
    ["two changes of one field", ["ssn", "ssn"]],
    ["three changes of two fields", ["ssn", "ssn", "email"]],
    ["three changes that name no field", [null, null, null]],
    ["three changes of a field without a name", ["", "", ""]],
  ])("goes on after %s", async (_name, fields) => {
    expect(await mockAgent().agent.analyze(changes(...fields), { signal })).toMatchObject({
      action: "continue",
      confidence: 0.9,
    });
  });

  it("counts field changes alone", async () => {
    const input = sampleAgentInput([
      ...Array(3).fill({ data: { field_id: "ssn" } }),
      { type: "voice_input", data: { text: "hm" } },
    ]);
    expect((await mockAgent().agent.analyze(input, { signal })).action).toBe("prompt_user");
  });

  it("can be told what to decide", async () => {
    const { agent } = mockAgent({
      decide: ({ context }) =>
        context.wants === "human"
          ? {
              action: "escalate",
              reasoning: "asked for",
              confidence: 1,
              escalationReason: "asked for a person",
            }
          : undefined,
    });
    expect(
      (await agent.analyze(sampleAgentInput([], { context: { wants: "human" } }), { signal })).action,
    ).toBe("escalate");
    expect((await agent.analyze(sampleAgentInput([]), { signal })).action).toBe("prompt_user");
  });
});

describe("its replies", () => {
  it.each([
    ["Can you HELP me?", /stuck on/],
    ["I want a human", /human/],
    ["Is there a real person?", /human/],
    ["Help me reach a person", /stuck on/],
    ["Thanks a lot", /welcome/],
    ["My name is Ada", /understand/],
    ["", /understand/],
  ])("to %j", async (message, expected) => {
    expect(await replyTo(message)).toMatch(expected);
  });

  it("come in pieces, and stop when they are aborted", async () => {
    const controller = new AbortController();
    const pieces: string[] = [];
    const respond = async () => {
      for await (const piece of mockAgent().agent.respond(
        { ...sampleAgentInput(), userMessage: "help" },
        { signal: controller.signal },
      )) {
        pieces.push(piece);
        if (pieces.length === 2) controller.abort();
      }
    };
    await expect(respond()).rejects.toThrow(/abort/i);
    expect(pieces).toEqual(["Of ", "course. "]);
  });
});

describe("its bookkeeping", () => {
  it("counts its calls and keeps the last input", async () => {
    const { agent } = mockAgent();
    expect([agent.calls, agent.lastInput]).toEqual([0, null]);
    const input = changes("name");
    await agent.analyze(input, { signal });
    expect([agent.calls, agent.lastInput]).toEqual([1, input]);
    for await (const _ of agent.respond({ ...input, userMessage: "hi" }, { signal }));
    expect(agent.calls).toBe(2);
    expect(agent.lastInput).toMatchObject({ userMessage: "hi" });
  });
});

describe("its configuration", () => {
  it("names the agent", () => {
    expect(mockAgent({ name: "second" }).agent.name).toBe("second");
    expect(descriptor.create({ name: "from-file", lookBack: 10 })).toMatchObject({
      specVersion: 1,
      name: "from-file",
    });
  });

  it("is strict", () => {
    expect(() => mockAgent({ nmae: "x" } as never)).toThrow(
      expect.objectContaining({ code: "invalid_configuration" }),
    );
    expect(() => mockAgent({ decide: "x" } as never)).toThrow(
      expect.objectContaining({ code: "invalid_configuration" }),
    );
  });
});
