import { readFileSync } from "node:fs";
import * as orchestrator from "@hybrid-orchestrator/orchestrator";
import * as server from "@hybrid-orchestrator/server";
import * as storageSqlite from "@hybrid-orchestrator/storage-sqlite";
import { recordingHost } from "@hybrid-orchestrator/testkit";
import { expect, it, vi } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as channelSlack from "../src/index.js";
import { atEnd, slackServer } from "./slack-server.js";

const readme = new URL("../README.md", import.meta.url);
const text = readFileSync(readme, "utf8");

it("prints what its README says", async () => {
  const slack = await slackServer();
  atEnd(() => slack.close());
  vi.stubEnv("SLACK_API_URL", slack.baseUrl);
  atEnd(() => vi.unstubAllEnvs());
  const printed = await runReadme(readme, {
    "@hybrid-orchestrator/channel-slack": channelSlack,
    "@hybrid-orchestrator/orchestrator": orchestrator,
    "@hybrid-orchestrator/server": server,
    "@hybrid-orchestrator/storage-sqlite": storageSqlite,
  });
  expect(printed).toEqual(["sent over slack", "sent"]);
  expect(slack.calls.map(({ method }) => method)).toEqual(["chat.postMessage", "chat.update"]);
});

it("tells of every option and of no other", () => {
  const section = text.slice(text.indexOf("## Options"), text.indexOf("## Errors"));
  const documented = Array.from(section.matchAll(/^\| `(\w+)`/gm), ([, option]) => option);
  expect(documented.sort()).toEqual(Object.keys(channelSlack.slackChannelConfigSchema.shape).sort());
});

it("has a manifest that calls the routes there are", async () => {
  const recording = recordingHost();
  const plugin = channelSlack.slackChannel({ botToken: "xoxb-12345678", signingSecret: "signing-secret" });
  await plugin.setup(recording.host);
  const [, manifest = ""] = /^```json\n(.*?)^```$/ms.exec(text) ?? [];
  const { settings } = JSON.parse(manifest) as {
    settings: Record<"event_subscriptions" | "interactivity", { request_url: string }>;
  };
  const called = [settings.event_subscriptions.request_url, settings.interactivity.request_url];
  expect(called).toEqual(recording.routes.map(({ path }) => `https://hooks.example.com/hooks/slack${path}`));
});
