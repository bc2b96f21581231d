import { decisionSchema } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import {
  costUsd,
  couldNotDecide,
  failureError,
  failureIn,
  tokenCount,
  tokenPricesSchema,
} from "../src/index.js";

describe("a failure", () => {
  const failure = { reason: "The model is overloaded.", retryable: true, retryAfterMs: 2_000 };

  it("is a decision that does nothing", () => {
    expect(couldNotDecide(failure)).toEqual({
      action: "continue",
      reasoning: `No decision: ${failure.reason}`,
      confidence: 0,
      failure,
    });
  });

  it("is an error without a cause", () => {
    const error = failureError({ ...failure, retryable: false });
    expect(error).toMatchObject({ code: "agent_failed", retryable: false, message: failure.reason });
    expect(error.cause).toBeUndefined();
    expect(failureIn(error)).toEqual({ reason: failure.reason, retryable: false });
    expect(failureIn(new Error("quotes the request"))).toBeNull();
  });

  it("fits into a decision, however long its reason", () => {
    const decision = couldNotDecide({ reason: "x".repeat(5_000), retryable: false });
    expect(decisionSchema.safeParse(decision).success).toBe(true);
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
  it("takes the vendor's shares where a price list has no price for a cache", () => {
    const tokens = {
      inputTokens: 2_000_000,
      outputTokens: 0,
      cacheReadTokens: 1_000_000,
      cacheWriteTokens: 1_000_000,
    };
    expect(costUsd({ input: 1, output: 2 }, tokens, { read: 0.1, write: 1.25 })).toBeCloseTo(1.35, 10);
  });
  it("is that of a long prompt for the whole of it", () => {
    const long = { input: 1, output: 1, longPrompt: { aboveTokens: 100, input: 5, output: 1 } };
    expect(costUsd(long, { inputTokens: 100, outputTokens: 0 })).toBeCloseTo(0.0001, 10);
    expect(costUsd(long, { inputTokens: 101, outputTokens: 0 })).toBeCloseTo(0.000505, 10);
  });
  it("has counts that are none taken as none", () => {
    expect([undefined, null, -1, Number.NaN, "7", 7.4].map(tokenCount)).toEqual([0, 0, 0, 0, 0, 7]);
  });
  it("has prices that are checked", () => {
    expect(tokenPricesSchema.safeParse({ input: 1 }).success).toBe(false);
    expect(tokenPricesSchema.safeParse({ ...prices, inptu: 1 }).success).toBe(false);
  });
});
