import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes } from "@hybrid-orchestrator/core";
import { expect, it } from "vitest";
import { root } from "../src/workspace.js";

it("documents each error code once, and no other", () => {
  const page = readFileSync(join(root, "apps/docs/errors.md"), "utf8");
  const documented = Array.from(page.matchAll(/^### `([^`]+)`$/gm), (heading) => heading[1]);
  expect(documented.toSorted()).toEqual(Object.keys(errorCodes).toSorted());
});
