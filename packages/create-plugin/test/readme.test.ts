import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as createPlugin from "../src/index.js";

it("prints what its README says", async () => {
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/create-plugin": createPlugin,
  });
  expect(printed).toEqual(["@acme/hybrid-channel-pager"]);
});
