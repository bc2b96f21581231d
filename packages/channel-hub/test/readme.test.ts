import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as hub from "../src/index.js";

it("prints what its README says", async () => {
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/channel-hub": hub,
  });
  expect(printed).toEqual(["email, because of urgency:high", "not sms: it has no address for the recipient"]);
});
