import { readFileSync } from "node:fs";
import * as orchestrator from "@hybrid-orchestrator/orchestrator";
import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import { textSchema } from "../src/document.js";
import * as config from "../src/index.js";
import { problemCodes } from "../src/problem.js";
import { folderWith, workspace } from "./folder.js";

const url = new URL("../README.md", import.meta.url);
const text = readFileSync(url, "utf8");

it("prints what its README says", async () => {
  const yaml = /^```yaml\n(.*?)^```$/ms.exec(text)?.[1] ?? "";
  const cwd = folderWith({ "hybrid.config.yaml": yaml.replace("path: sessions.db", 'path: ":memory:"') });
  const env = { HOOK_SECRET: `whsec_${Buffer.alloc(24, 1).toString("base64")}` };
  const printed = await runReadme(url, {
    "@hybrid-orchestrator/config": {
      ...config,
      loadConfig: () => config.loadConfig({ cwd, env, modules: workspace }),
    },
    "@hybrid-orchestrator/orchestrator": orchestrator,
  });
  expect(printed).toEqual(["console, webhook", "3000"]);
});

it("names every key and every code", () => {
  for (const name of [...Object.keys(textSchema.shape).filter((key) => key !== "$schema"), ...problemCodes])
    expect(text).toContain(`\`${name}\``);
});
