import * as core from "@hybrid-orchestrator/core";
import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as escalation from "../src/index.js";

it("prints what its README says", async () => {
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/core": core,
    "@hybrid-orchestrator/escalation": escalation,
  });
  expect(printed).toEqual(["2026-11-30T09:30:00.000Z"]);
});
