import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { postgresStorageSchema } from "../src/index.js";
import { temporaryDatabase } from "./database.js";

const home = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("has an example that runs", () => {
  const { connectionString, schema } = temporaryDatabase();
  const example = /```js\n(.*?)```/s.exec(readme)?.[1] ?? "";
  expect(example).toContain('schema: "sessions"');
  const output = execFileSync(
    process.execPath,
    [
      ...["--conditions=source", "--import=tsx", "--input-type=module"],
      ...["--eval", example.replace('"sessions"', `"${schema}"`)],
    ],
    { cwd: home, encoding: "utf8", env: { ...process.env, DATABASE_URL: connectionString } },
  );
  expect(output).toContain("[ { ok: true }, { ok: false, reason: 'conflict' } ]");
  expect(output).toContain("capacity: 3");
});

it("tells of every option and of no other", () => {
  const section = readme.slice(readme.indexOf("## Options"), readme.indexOf("## Errors"));
  const documented = Array.from(section.matchAll(/^\| `(\w+)`/gm), ([, option]) => option);
  expect(documented.sort()).toEqual(Object.keys(postgresStorageSchema.shape).sort());
});
