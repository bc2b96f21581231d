import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runReadme } from "../../testkit/test/readme.js";
import { exitCodeHelp } from "../src/exit-codes.js";
import * as cliPackage from "../src/index.js";
import { cli, folderWith } from "./harness.js";

const url = new URL("../README.md", import.meta.url);

it("prints what its README says", async () => {
  expect(await runReadme(url, { "@hybrid-orchestrator/cli": cliPackage })).toEqual(["idle after 120 s"]);
});

it("has every command and every exit code, in the words of the help", async () => {
  const text = readFileSync(url, "utf8");
  const { stdout } = await cli(folderWith({}), ["--help"]);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) \[options\]/gm)].map(([, name]) => name);
  expect(commands).toEqual([
    "init",
    "check",
    "run",
    "sessions",
    "replay",
    "send",
    "preview",
    "export",
    "policies",
  ]);
  for (const name of commands) expect(text).toContain(`| \`${name}\``);
  const codes = [...exitCodeHelp.matchAll(/^ {2}(\d+) +(.+)$/gm)].map(([, code, meaning]) => ({
    code: Number(code),
    meaning,
  }));
  expect(codes.map(({ code }) => code)).toEqual(Object.values(cliPackage.exitCodes));
  for (const { code, meaning } of codes)
    expect(text).toMatch(new RegExp(`^\\| ${code} +\\| ${meaning} +\\|$`, "m"));
});
