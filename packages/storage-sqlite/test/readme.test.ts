import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { sqliteStorageSchema } from "../src/index.js";

const home = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("has an example that runs", () => {
  const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const output = execFileSync(
    process.execPath,
    ["--conditions=source", "--import=tsx", "--input-type=module", "--eval", example],
    { cwd: home, encoding: "utf8" },
  );
  expect(output).toContain("[ { ok: true }, { ok: false, reason: 'conflict' } ]");
  expect(output).toContain("capacity: 3");
});

it("tells of every option and of no other", () => {
  const section = readme.slice(readme.indexOf("## Options"), readme.indexOf("## Errors"));
  const documented = Array.from(section.matchAll(/^\| `(\w+)`/gm), ([, option]) => option);
  expect(documented.sort()).toEqual(Object.keys(sqliteStorageSchema.shape).sort());
});
