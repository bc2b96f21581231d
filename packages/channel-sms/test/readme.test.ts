import * as orchestrator from "@hybrid-orchestrator/orchestrator";
import * as server from "@hybrid-orchestrator/server";
import * as storageSqlite from "@hybrid-orchestrator/storage-sqlite";
import { afterEach, expect, it, vi } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as channelSms from "../src/index.js";
import { accountSid, authToken } from "./twilio-server.js";

afterEach(() => vi.unstubAllEnvs());

it("prints what its README says", async () => {
  vi.stubEnv("TWILIO_ACCOUNT_SID", accountSid);
  vi.stubEnv("TWILIO_AUTH_TOKEN", authToken);
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/channel-sms": channelSms,
    "@hybrid-orchestrator/orchestrator": orchestrator,
    "@hybrid-orchestrator/server": server,
    "@hybrid-orchestrator/storage-sqlite": storageSqlite,
  });
  expect(printed).toEqual([
    "sms",
    '{"encoding":"GSM-7","units":161,"segments":2}',
    '{"encoding":"UCS-2","units":12,"segments":1}',
  ]);
});
