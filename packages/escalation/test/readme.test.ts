import { readFileSync } from "node:fs";
import * as core from "@hybrid-orchestrator/core";
import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as escalation from "../src/index.js";

it("names every finding", () => {
  const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  for (const code of escalation.findingCodes) expect(text).toContain(`\`${code}\``);
});

it("prints what its README says", async () => {
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/core": core,
    "@hybrid-orchestrator/escalation": escalation,
  });
  expect(printed[0]).toBe("2026-11-30T09:30:00.000Z");
  expect(printed[1]).toContain("Sun 03:01:30");
  expect(printed[1]).toMatch(/Over after \+2:30 .*: resolved, resolved\. The session is the AI's\.$/);
});
