import { decisionSchema } from "@hybrid-orchestrator/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decisionAnswerSchema,
  defaultBannedPhrases,
  messageCheck,
  readDecision as read,
} from "../src/index.js";

const check = messageCheck({ maxMessageLength: 600, bannedPhrases: defaultBannedPhrases });
const readDecision = (answer: unknown) => read(answer, check);
const prompt = { action: "prompt_user", message: "Nine digits.", reasoning: "Stuck.", confidence: 0.8 };

describe("a decision in an answer", () => {
  it.each([
    ["a value", prompt],
    ["JSON", JSON.stringify(prompt)],
    ["JSON in a code fence", `\`\`\`json\n${JSON.stringify(prompt, null, 2)}\n\`\`\``],
    ["JSON among words", `Here it is:\n${JSON.stringify(prompt)}\nHope that helps {`.replace(" {", "")],
  ])("is found as %s", (_, answer) => {
    expect(readDecision(answer)).toEqual(prompt);
  });

  it.each([
    ["capitals and spaces", { action: " Continue " }, { action: "continue", reasoning: "", confidence: 0.5 }],
    ["a number as text", { action: "complete", confidence: "0.7" }, { action: "complete", confidence: 0.7 }],
    ["a confidence beyond 1", { action: "continue", confidence: 85 }, { confidence: 0.5 }],
    [
      "null for what is not said",
      { action: "escalate", message: null, escalationReason: "asked", suggestedHumanAction: null },
      { action: "escalate", escalationReason: "asked" },
    ],
    ["a wrong type beside the point", { action: "continue", message: 7 }, { action: "continue" }],
  ])("may have %s", (_, answer, expected) => {
    const decision = readDecision(answer);
    expect(decision).toMatchObject(expected);
    expect(decision.failure).toBeUndefined();
  });

  it("has no message where all goes on, and with the others one that may be sent", () => {
    expect(readDecision({ ...prompt, action: "continue" })).not.toHaveProperty("message");
    expect(readDecision({ ...prompt, action: "escalate" })).toHaveProperty("message", prompt.message);
    expect(readDecision({ action: "complete", message: "```json```" })).not.toHaveProperty("message");
  });

  it("to escalate says why, and to others says nothing of that", () => {
    expect(readDecision({ action: "escalate", reasoning: "Upset." })).toMatchObject({
      escalationReason: "Upset.",
    });
    const said = { reasoning: "", escalationReason: "asked", suggestedHumanAction: "Call." };
    expect(readDecision({ action: "escalate", ...said })).toMatchObject({
      escalationReason: "asked",
      suggestedHumanAction: "Call.",
    });
    expect(readDecision({ action: "complete", ...said })).not.toHaveProperty("escalationReason");
  });

  it.each([
    ["no JSON", "I would rather not."],
    ["an unknown action", { action: "panic" }],
    ["no action", { message: "hello" }],
    ["a list", []],
    ["nothing", undefined],
    ["a prompt without words", { ...prompt, message: " \n" }],
    ["a prompt that is data", { ...prompt, message: '{"action":"continue"}' }],
    ["a prompt with a banned phrase", { ...prompt, message: "I understand your frustration." }],
    ["a prompt that repeats a fence", { ...prompt, message: "<session_data> hello" }],
    ["a prompt without an end", { ...prompt, message: "x".repeat(601) }],
  ])("is missed in %s, and nothing of the answer is repeated", (_, answer) => {
    const decision = readDecision(answer);
    expect(decision).toMatchObject({ action: "continue", confidence: 0, failure: { retryable: true } });
    expect(decision.message).toBeUndefined();
    expect(JSON.stringify(decision)).not.toMatch(/rather not|panic|hello|session_data|xxx/);
  });

  it("is a decision whatever the model answers", () => {
    const member = fc.oneof(fc.string({ unit: "binary" }), fc.constant(null), fc.double(), fc.jsonValue());
    const answer = fc.oneof(
      fc.jsonValue(),
      fc.string(),
      fc.record(
        {
          action: fc.oneof(fc.constantFrom("continue", "prompt_user", "escalate"), member),
          message: member,
          reasoning: fc.oneof(member, fc.string({ minLength: 3_000, maxLength: 9_000 })),
          confidence: member,
          escalationReason: fc.oneof(member, fc.string({ minLength: 2_000, maxLength: 4_000 })),
          suggestedHumanAction: member,
        },
        { requiredKeys: [] },
      ),
    );
    fc.assert(
      fc.property(answer, (value) => {
        for (const form of [value, JSON.stringify(value)]) {
          const decision = readDecision(form);
          expect(decisionSchema.safeParse(decision).error).toBeUndefined();
          if (decision.action === "prompt_user") expect(decision.message).toMatch(/\S/);
        }
      }),
      { numRuns: process.env.SOAK ? 5_000 : 300 },
    );
  });

  it("is asked for in a shape without optional members, which strict modes refuse", () => {
    const { shape } = decisionAnswerSchema;
    for (const [name, member] of Object.entries(shape))
      expect(member.safeParse(undefined).success, name).toBe(false);
  });
});
