import { recordingHost } from "@hybrid-orchestrator/testkit";
import { expect, it, vi } from "vitest";
import { chatSdkFileConfigSchema, descriptor } from "../src/index.js";
import { messageTo } from "./harness.js";
import { atEnd } from "./platform-server.js";
import { botToken, secretToken, telegramServer } from "./telegram.js";

// An app's own folder, where its adapters are installed.
vi.spyOn(process, "cwd").mockReturnValue(new URL("..", import.meta.url).pathname);

function pluginOf(adapter: { package: string; export?: string; options?: Record<string, unknown> }) {
  return descriptor.create(chatSdkFileConfigSchema.parse({ name: "chat", adapter }));
}

const options = { mode: "webhook", botToken, secretToken };

it("makes the adapter that a configuration file names, which logs nothing to the console", async () => {
  const levels = ["debug", "info", "log", "warn", "error"] as const;
  const consoles = levels.map((level) => vi.spyOn(console, level));
  atEnd(() => {
    for (const spy of consoles) spy.mockRestore();
  });
  const server = await telegramServer();
  atEnd(() => server.close());
  const recording = recordingHost();
  atEnd(() => recording.stop());
  const plugin = pluginOf({ package: "@chat-adapter/telegram", options: { ...options, apiUrl: server.url } });
  await plugin.setup(recording.host);
  expect(plugin.name).toBe("chat");
  const [channel] = recording.channels;
  expect(channel).toMatchObject({ name: "chat", capabilities: { maxLength: 4096 } });
  const result = await channel?.send(messageTo("4155550123", {}, "chat"), {
    signal: new AbortController().signal,
    idempotencyKey: "key",
  });
  expect(result).toMatchObject({ outcome: "sent" });
  expect(consoles.flatMap(({ mock }) => mock.calls)).toEqual([]);
  expect(recording.routes.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /webhook",
    "GET /webhook",
  ]);
});

it.each([
  ["The package @example/nowhere is not installed", { package: "@example/nowhere" }],
  [
    "exports no function createDiscordAdapter",
    { package: "@chat-adapter/telegram", export: "createDiscordAdapter" },
  ],
  ["does not tell which export makes an adapter", { package: "zod" }],
  ["makes no adapter", { package: "zod", export: "object" }],
  [
    "does not take its options",
    { package: "@chat-adapter/telegram", options: { ...options, mode: `${botToken} is no mode` } },
  ],
])("says %s", async (message, adapter) => {
  const error = await Promise.resolve(pluginOf(adapter).setup(recordingHost().host)).then(
    () => undefined,
    (thrown: unknown) => thrown as Error,
  );
  expect(error).toMatchObject({ code: "invalid_configuration" });
  expect(error?.message).toContain(message);
  expect(error?.message).not.toContain(botToken);
});
