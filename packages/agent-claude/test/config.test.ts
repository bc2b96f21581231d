import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterEach, describe, expect, it, vi } from "vitest";
import { claudeAgent, defaultModel, descriptor } from "../src/index.js";
import { knownModels } from "../src/models.js";
import { apiKey } from "./messages-server.js";

afterEach(() => vi.unstubAllEnvs());

describe("the configuration", () => {
  it.each<[string, object, RegExp]>([
    ["an unknown option", { modle: "x" }, /modle/],
    ["a key with a line break", { apiKey: `${apiKey}\n` }, /apiKey: must be printable/],
    [
      "a temperature that the model takes not",
      { temperature: 0.5 },
      /temperature: claude-sonnet-5-5 takes none/,
    ],
    [
      "an effort that the model takes not",
      { model: "claude-haiku-4-5", effort: "low" },
      /effort: .* takes none/,
    ],
    [
      "more tokens than the model writes",
      { model: "claude-haiku-4-5-20251001", maxTokens: 100_000 },
      /maxTokens/,
    ],
    ["a longer wait than Node's", { timeoutMs: 300_001 }, /timeoutMs/],
    ["a base URL with a password", { baseUrl: "https://a:b@example.com" }, /baseUrl/],
    ["a header that splits", { headers: { "x-a": "b\r\nc: d" } }, /headers/],
    ["a wrong language", { defaultLocale: "no locale" }, /defaultLocale/],
    ["a negative price", { prices: { x: { input: -1, output: 0 } } }, /prices/],
    ["tools that are no list", { tools: {} }, /tools must be a list/],
    ["no fetch", { fetch: "x" }, /fetch must be a function/],
  ])("refuses %s, and quotes no key", (_name, options, reason) => {
    let message = "";
    try {
      claudeAgent({ apiKey, ...options } as never);
    } catch (error) {
      expect(error).toMatchObject({ code: "invalid_configuration" });
      message = (error as Error).message;
    }
    expect(message).toMatch(reason);
    expect(message).not.toContain(apiKey);
  });

  it("takes the key from the environment, and says so where there is none", () => {
    vi.stubEnv("ANTHROPIC_API_KEY", "");
    expect(() => claudeAgent()).toThrow(/apiKey: is missing; pass it or set ANTHROPIC_API_KEY/);
    vi.stubEnv("ANTHROPIC_API_KEY", apiKey);
    expect(claudeAgent({ name: "second" })).toMatchObject({ name: "second", agent: { name: "second" } });
  });

  it("can stand in a file", () => {
    vi.stubEnv("ANTHROPIC_API_KEY", apiKey);
    expect(
      descriptor.create(descriptor.config.parse({ name: "guide", baseUrl: "https://example.com/x/" })),
    ).toMatchObject({
      specVersion: 1,
      name: "guide",
    });
  });
});

it("the default model stands in the SDK's list and is not deprecated there", () => {
  const resources = createRequire(import.meta.url).resolve("@anthropic-ai/sdk/resources/messages/messages");
  const types = readFileSync(resources.replace(/\.m?js$/, ".d.ts"), "utf8");
  const list = /export type Model = ([^;]+);/.exec(types)?.[1] ?? "";
  expect(list).toContain(`'${defaultModel}'`);
  const deprecated = /const DEPRECATED_MODELS[\s\S]*?};/.exec(readFileSync(resources, "utf8"))?.[0] ?? "none";
  for (const model of Object.keys(knownModels)) expect(deprecated).not.toContain(`'${model}'`);
});
