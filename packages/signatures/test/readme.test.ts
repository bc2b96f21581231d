import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as signatures from "../src/index.js";

it("prints what its README says", async () => {
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/signatures": signatures,
  });
  expect(printed).toEqual([
    'handled message_1: {"type":"ping"}',
    "204",
    "200",
    "refused: missing, no header webhook-signature",
    "401",
    "true",
    "expired: signed 301 s ago",
    "false",
    "0195d3a0-7c00-7abc-8def-0123456789ab",
    "false",
    "59",
    "true",
    "true false",
  ]);
});
