import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import * as screenState from "../src/index.js";

it("prints what its README says", async () => {
  const printed = await runReadme(new URL("../README.md", import.meta.url), {
    "@hybrid-orchestrator/screen-state": screenState,
  });
  expect(printed).toEqual([
    [
      'The user is on page "About you" (1 of 2). This was seen 4 s ago.',
      'Filled in: name = "Ada", Social security number (private).',
      "Empty: email.",
      "Changed lately: Social security number.",
      "Progress: 2 of 2 required fields of the whole form.",
    ].join("\n"),
    "true",
    '[{"id":"name","kind":"changed","private":false,"before":"Ada","after":"Bob"},{"id":"password","kind":"changed","private":true}]',
    "form_snapshot",
  ]);
});
