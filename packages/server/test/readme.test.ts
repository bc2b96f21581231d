import { readFileSync } from "node:fs";
import * as orchestrator from "@hybrid-orchestrator/orchestrator";
import * as storageSqlite from "@hybrid-orchestrator/storage-sqlite";
import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import { serverSettingsSchema } from "../src/config.js";
import * as server from "../src/index.js";

const readme = new URL("../README.md", import.meta.url);

it("prints what its README says", async () => {
  const printed = await runReadme(readme, {
    "@hybrid-orchestrator/orchestrator": orchestrator,
    "@hybrid-orchestrator/server": server,
    "@hybrid-orchestrator/storage-sqlite": storageSqlite,
  });
  expect(printed).toEqual(["204", "Yes, please", "404 not_found"]);
});

it("tells of every option and of no other", () => {
  const text = readFileSync(readme, "utf8");
  const section = text.slice(text.indexOf("## Options"), text.indexOf("## Errors"));
  const documented = Array.from(section.matchAll(/^\| `(\w+)`/gm), ([, option]) => option);
  expect(documented.sort()).toEqual(
    ["orchestrator", "mounts", ...Object.keys(serverSettingsSchema.shape)].sort(),
  );
});
