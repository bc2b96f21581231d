import { readFileSync } from "node:fs";
import * as telegram from "@chat-adapter/telegram";
import * as orchestrator from "@hybrid-orchestrator/orchestrator";
import * as server from "@hybrid-orchestrator/server";
import * as storageSqlite from "@hybrid-orchestrator/storage-sqlite";
import * as chat from "chat";
import { expect, it, vi } from "vitest";
import { parse } from "yaml";
import { runReadme } from "../../testkit/test/readme.js";
import * as channelChatSdk from "../src/index.js";
import { atEnd } from "./platform-server.js";
import { botToken, secretToken, telegramServer } from "./telegram.js";

const readme = new URL("../README.md", import.meta.url);
const text = readFileSync(readme, "utf8");

it("prints what its README says", async () => {
  const platform = await telegramServer();
  atEnd(() => platform.close());
  vi.stubEnv("TELEGRAM_API_BASE_URL", platform.url);
  vi.stubEnv("TELEGRAM_BOT_TOKEN", botToken);
  vi.stubEnv("TELEGRAM_WEBHOOK_SECRET_TOKEN", secretToken);
  atEnd(() => void vi.unstubAllEnvs());
  const printed = await runReadme(readme, {
    "@chat-adapter/telegram": telegram,
    "@hybrid-orchestrator/channel-chat-sdk": channelChatSdk,
    "@hybrid-orchestrator/orchestrator": orchestrator,
    "@hybrid-orchestrator/server": server,
    "@hybrid-orchestrator/storage-sqlite": storageSqlite,
    chat,
  });
  expect(printed).toEqual(["sent over telegram"]);
});

it("tells of every option and of no other", () => {
  const section = text.slice(text.indexOf("## Options"), text.indexOf("## Errors"));
  const documented = Array.from(section.matchAll(/^\| `(\w+)`/gm), ([, option]) => option);
  expect(documented.sort()).toEqual(Object.keys(channelChatSdk.chatSdkChannelConfigSchema.shape).sort());
});

it("shows a configuration that is one", () => {
  const [, yaml = ""] = /^```yaml\n(.*?)^```$/ms.exec(text) ?? [];
  const { channels } = parse(yaml) as { channels: { telegram: { config: object } } };
  const config = { name: "telegram", ...channels.telegram.config };
  expect(channelChatSdk.chatSdkFileConfigSchema.parse(config)).toMatchObject(config);
});
