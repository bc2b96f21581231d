import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as channelConsole from "../src/index.js";

it("prints what its README says", async () => {
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/channel-console": channelConsole,
  });
  expect(printed).toEqual([
    "[high] message message_1 at 2025-01-01T10:00:00.000Z",
    "  to        Ada (user user_1)",
    "  text      Do you need help with the form?",
    "  because   struggle: ssn changed 4 times in 60 s",
    '  metadata  {"step":3}',
    "1",
  ]);
});
