import { readFileSync } from "node:fs";
import * as signatures from "@hybrid-orchestrator/signatures";
import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as channelWebhook from "../src/index.js";

const readme = new URL("../README.md", import.meta.url);

it("prints what its README says", async () => {
  const printed = await runReadme(readme, {
    "@hybrid-orchestrator/channel-webhook": channelWebhook,
    "@hybrid-orchestrator/signatures": signatures,
  });
  expect(printed).toEqual([
    "webhook, callback",
    "user_1: Do you need help?",
    "204",
    "refused: missing",
    "401",
  ]);
});

it("tells of every option and of no other", () => {
  const text = readFileSync(readme, "utf8");
  const section = text.slice(text.indexOf("## Options"), text.indexOf("## What an answer"));
  const documented = Array.from(section.matchAll(/^\| `(\w+)`/gm), ([, option]) => option);
  const functions = ["secretsOf", "lookup", "ownAddresses"];
  const known = [...Object.keys(channelWebhook.webhookChannelConfigSchema.shape), ...functions];
  expect(documented.sort()).toEqual(known.sort());
});
