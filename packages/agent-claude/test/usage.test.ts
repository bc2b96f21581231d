import { agentUsageSchema } from "@hybrid-orchestrator/core";
import { describe, expect, it } from "vitest";
import type { ClaudeAgentOptions } from "../src/index.js";
import { bench, decides } from "./harness.js";
import type { Usage } from "./messages-server.js";

async function usageOf(usage: Usage, options: ClaudeAgentOptions = {}, model?: string) {
  const taken = await bench([decides({}, { usage, ...(model === undefined ? {} : { model }) })], options);
  await taken.analyze();
  expect(taken.usage.map((one) => agentUsageSchema.safeParse(one).success)).toEqual([true]);
  return taken.usage[0];
}

const counts = {
  input_tokens: 1_000,
  output_tokens: 500,
  cache_read_input_tokens: 4_000,
  cache_creation_input_tokens: 2_000,
};

describe("usage", () => {
  it("counts all tokens read, and costs what the price list says", async () => {
    expect(await usageOf(counts)).toEqual({
      model: "claude-sonnet-5-5",
      inputTokens: 7_000,
      outputTokens: 500,
      cacheReadTokens: 4_000,
      cacheWriteTokens: 2_000,
      // 1,000 x $2 + 500 x $10 + 4,000 x $0.10 + 2,000 x $2.50, for a million
      costUsd: expect.closeTo(0.0124, 10),
    });
  });

  it("costs more for the whole of a long prompt where the price list says so", async () => {
    const short = await usageOf({ input_tokens: 100_000, output_tokens: 0 }, { model: "claude-haiku-5-5" });
    const long = await usageOf({ input_tokens: 100_001, output_tokens: 0 }, { model: "claude-haiku-5-5" });
    expect([short?.costUsd, long?.costUsd]).toEqual([
      expect.closeTo(0.01, 10),
      expect.closeTo(0.0500005, 10),
    ]);
  });

  it("costs what is configured, for the model that is asked or the one that answers", async () => {
    const prices = { "claude-sonnet-5-5": { input: 1, output: 0 }, other: { input: 3, output: 0 } };
    const only = { input_tokens: 1_000_000, output_tokens: 0 };
    expect((await usageOf(only, { prices }))?.costUsd).toBeCloseTo(1);
    expect((await usageOf(only, { prices }, "other"))?.costUsd).toBeCloseTo(3);
    expect((await usageOf(only, { prices }, "gateway/sonnet"))?.costUsd).toBeCloseTo(1);
    const cached = {
      input_tokens: 0,
      output_tokens: 0,
      cache_read_input_tokens: 1_000_000,
      cache_creation_input_tokens: 1_000_000,
    };
    expect((await usageOf(cached, { prices }))?.costUsd).toBeCloseTo(0.1 + 1.25);
  });

  it("has no cost for an unknown model, and the price of a model for its dated snapshot", async () => {
    expect(await usageOf(counts, { model: "claude-next" })).not.toHaveProperty("costUsd");
    expect((await usageOf(counts, { model: "claude-haiku-4-5-20251001" }))?.costUsd).toBeGreaterThan(0);
  });
});
