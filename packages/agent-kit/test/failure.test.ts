import { describe, expect, it } from "vitest";
import { costUsd, couldNotDecide, failureError, tokenPricesSchema, toolAnswer } from "../src/index.js";

describe("a failure", () => {
  const failure = { reason: "The model is overloaded.", retryable: true, retryAfterMs: 2_000 };

  it("is a decision that does nothing", () => {
    expect(couldNotDecide(failure)).toEqual({
      action: "continue",
      reasoning: failure.reason,
      confidence: 0,
      failure,
    });
  });

  it("is an error without a cause", () => {
    const error = failureError({ ...failure, retryable: false });
    expect(error).toMatchObject({ code: "agent_failed", retryable: false, message: failure.reason });
    expect(error.cause).toBeUndefined();
  });
});

describe("what a model is told of a tool", () => {
  it.each([
    [
      { status: "done", result: { booked: true } },
      { status: "done", result: { booked: true } },
    ],
    [
      { status: "failed", error: "no seat" },
      { status: "failed", error: "no seat" },
    ],
    [
      { status: "refused", error: "unknown tool" },
      { status: "refused", error: "unknown tool" },
    ],
  ] as const)("%j", (result, expected) => {
    expect(toolAnswer(result)).toEqual(expected);
  });

  it("says that what waits for approval is not done, and names no approval", () => {
    const answer = toolAnswer({ status: "awaiting_approval", approvalId: "approval_7" });
    expect(answer).toMatchObject({ status: "awaiting_approval" });
    expect(JSON.stringify(answer)).not.toContain("approval_7");
  });
});

describe("the cost of a call", () => {
  const prices = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 };
  it("counts each kind of token once", () => {
    const tokens = {
      inputTokens: 1_000_000,
      outputTokens: 100_000,
      cacheReadTokens: 500_000,
      cacheWriteTokens: 100_000,
    };
    expect(costUsd(prices, tokens)).toBeCloseTo(0.4 * 3 + 0.5 * 0.3 + 0.1 * 3.75 + 0.1 * 15, 10);
  });
  it("takes a cache for input where it has no price", () => {
    const tokens = { inputTokens: 2_000_000, outputTokens: 0, cacheReadTokens: 1_000_000 };
    expect(costUsd({ input: 1, output: 2 }, tokens)).toBeCloseTo(2, 10);
  });
  it("has prices that are checked", () => {
    expect(tokenPricesSchema.safeParse({ input: 1 }).success).toBe(false);
    expect(tokenPricesSchema.safeParse({ ...prices, inptu: 1 }).success).toBe(false);
  });
});
