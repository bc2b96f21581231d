import * as orchestrator from "@hybrid-orchestrator/orchestrator";
import * as server from "@hybrid-orchestrator/server";
import * as storageSqlite from "@hybrid-orchestrator/storage-sqlite";
import { afterEach, expect, it, vi } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as channelVoice from "../src/index.js";
import { apiKey } from "./vapi-server.js";

afterEach(() => vi.unstubAllEnvs());

it("prints what its README says", async () => {
  vi.stubEnv("VAPI_API_KEY", apiKey);
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/channel-voice": channelVoice,
    "@hybrid-orchestrator/orchestrator": orchestrator,
    "@hybrid-orchestrator/server": server,
    "@hybrid-orchestrator/storage-sqlite": storageSqlite,
  });
  expect(printed).toEqual(["voice"]);
});
