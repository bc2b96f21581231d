import * as orchestrator from "@hybrid-orchestrator/orchestrator";
import * as server from "@hybrid-orchestrator/server";
import * as storage from "@hybrid-orchestrator/storage-sqlite";
import { afterEach, expect, it, vi } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as channelGithub from "../src/index.js";
import { githubServer, token } from "./github-server.js";
import { atEnd, secret } from "./harness.js";

afterEach(() => vi.unstubAllEnvs());

it("does what its README says", async () => {
  const github = await githubServer();
  atEnd(() => github.close());
  vi.stubEnv("GITHUB_TOKEN", token);
  vi.stubEnv("GITHUB_WEBHOOK_SECRET", secret);
  vi.stubEnv("GITHUB_API_URL", github.url);
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/channel-github": channelGithub,
    "@hybrid-orchestrator/orchestrator": orchestrator,
    "@hybrid-orchestrator/server": server,
    "@hybrid-orchestrator/storage-sqlite": storage,
  });
  expect(printed).toEqual(["sent acme/desk#1"]);
  expect(github.issues).toMatchObject([
    { title: "[Important] Ada is stuck at step 3.", labels: ["important"] },
  ]);
});
