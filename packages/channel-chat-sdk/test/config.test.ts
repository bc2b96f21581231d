import { expect, it } from "vitest";
import { type ChatSdkChannelConfig, chatSdkChannel } from "../src/index.js";
import { telegramAdapter } from "./telegram.js";

const adapter = telegramAdapter("http://127.0.0.1:9");

it.each([
  ["no adapter", {}],
  ["something else for an adapter", { adapter: { name: "telegram" } }],
  ["an adapter's class for an adapter", { adapter: adapter.constructor }],
  ["something else for a state", { adapter, state: {} }],
  ["a name that is no part of an address", { adapter, name: "a/b" }],
  ["an option that there is not", { adapter, botToken: "123:secret" }],
])("refuses %s", (_, config) => {
  expect(() => chatSdkChannel(config as unknown as ChatSdkChannelConfig)).toThrow(
    expect.objectContaining({ code: "invalid_configuration" }),
  );
});

it("takes its name and the length of a text from the adapter, unless it is told another", () => {
  expect(chatSdkChannel({ adapter }).channel).toMatchObject({
    name: "telegram",
    capabilities: { maxLength: 4096, richText: false, audience: "both" },
  });
  const config = { adapter, name: "staff", maxLength: 100, format: "markdown", audience: "worker" } as const;
  expect(chatSdkChannel(config).channel).toMatchObject({
    name: "staff",
    capabilities: { maxLength: 100, richText: true, audience: "worker" },
  });
});
