import * as sqlite from "@hybrid-orchestrator/storage-sqlite";
import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as orchestrator from "../src/index.js";

it("the example of the delivery guide runs", async () => {
  const printed = await runReadme(new URL("../../../apps/docs/delivery.md", import.meta.url), {
    "@hybrid-orchestrator/orchestrator": orchestrator,
    "@hybrid-orchestrator/storage-sqlite": sqlite,
  });
  expect(printed).toEqual([]);
});
