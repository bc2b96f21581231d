import * as testkit from "@hybrid-orchestrator/testkit";
import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as agentMock from "../src/index.js";

it("prints what its README says", async () => {
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/agent-mock": agentMock,
    "@hybrid-orchestrator/testkit": testkit,
  });
  expect(printed).toEqual([
    "prompt_user 0.85",
    "It looks like ssn is giving you trouble. Would you like help with it?",
    "I'll connect you with a human who can help.",
    "2",
  ]);
});
