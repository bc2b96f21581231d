import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Recording, replay } from "../src/index.js";
import { cli, folderWith, livedSession, project } from "./harness.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const personal = /Ada|Lovelace|ada@|6789|987654321|0100|call_17|2025-06/;

describe("replay", () => {
  it("finds no difference under the same rules", async () => {
    const folder = folderWith(project);
    const id = await livedSession(folder);
    const ran = await cli(folder, ["replay", id, "--json"]);
    expect(ran.json()).toMatchObject({ added: [], missing: [], notReplayed: [] });
    expect((ran.json().same as { trigger: string }[]).map(({ trigger }) => trigger).sort()).toEqual([
      "idle",
      "idle",
      "rising",
      "stuck",
      "vip",
    ]);
    expect(ran.code).toBe(0);
  });

  it("tells what other rules would have done, and exits with 4", async () => {
    const folder = folderWith({
      ...project,
      "new.yaml": `
- name: stuck
  condition: { type: field_error, field: "ssn*", times: 4, withinSeconds: 60 }
  action: { type: send }
- name: wrote
  condition: { type: rate, activity: message, times: 1, withinSeconds: 5 }
  action: { type: send }
`,
    });
    const id = await livedSession(folder);
    const ran = await cli(folder, ["replay", id, "--triggers", "new.yaml", "--json"]);
    expect(ran.code).toBe(4);
    const { same, added, missing } = ran.json() as Record<string, { trigger: string }[]>;
    const names = (list: { trigger: string }[] | undefined) => list?.map(({ trigger }) => trigger).sort();
    expect([names(same), names(added), names(missing)]).toEqual([
      [],
      ["stuck", "wrote"],
      ["idle", "idle", "rising", "stuck", "vip"],
    ]);
    const words = await cli(folder, ["replay", id, "--triggers", "new.yaml"]);
    expect(words.stdout).toMatch(/\+ .* wrote: [\s\S]*- .* stuck[\s\S]*It differs/);
  });

  it("refuses what is no recording", async () => {
    const folder = folderWith({ ...project, "a.json": "{}", "b.json": "{" });
    for (const name of ["a.json", "b.json"]) expect((await cli(folder, ["replay", name])).code).toBe(2);
    expect((await cli(folder, ["replay", "c.json"])).code).toBe(3);
    expect((await cli(folder, ["replay", "nobody"])).code).toBe(3);
  });
});

describe("export --redact", () => {
  it("holds nothing personal and fires the same", async () => {
    const folder = folderWith(project);
    const id = await livedSession(folder);
    const ran = await cli(folder, ["export", id, "--redact", "--out", "stuck.json", "--json"]);
    expect(ran.json()).toMatchObject({ redacted: true, firings: 5 });
    const written = readFileSync(join(folder, "stuck.json"), "utf8");
    expect(written).not.toMatch(personal);
    expect(written).not.toContain(id);
    expect(statSync(join(folder, "stuck.json")).mode & 0o777).toBe(0o600);
    const recording = JSON.parse(written) as Recording;
    const fired = await replay(recording);
    expect(fired.map(({ trigger, ordinal, firedAt }) => ({ trigger, ordinal, firedAt }))).toEqual(
      recording.firings,
    );
    expect((await cli(folder, ["replay", "stuck.json"])).code).toBe(0);
  });

  it("writes a test that vitest runs, and that fails when the rules change", async () => {
    const folder = folderWith(project);
    const id = await livedSession(folder);
    expect((await cli(folder, ["export", id, "--redact"])).code).toBe(0);
    const file = join(folder, "session_1.test.ts");
    const source = readFileSync(file, "utf8");
    expect(source).not.toMatch(personal);
    mkdirSync(join(folder, "node_modules/@hybrid-orchestrator"), { recursive: true });
    symlinkSync(join(root, "packages/cli"), join(folder, "node_modules/@hybrid-orchestrator/cli"));
    symlinkSync(join(root, "node_modules/vitest"), join(folder, "node_modules/vitest"));
    writeFileSync(
      join(folder, "vitest.config.mjs"),
      `const conditions = ["source", "module", "node"]; export default { resolve: { conditions }, ssr: { resolve: { conditions } } };`,
    );
    const good = await vitest(folder);
    expect(good.output).toMatch(/1 passed/);
    expect(good.code).toBe(0);
    writeFileSync(file, source.replace('"times": 3', '"times": 4'));
    const bad = await vitest(folder);
    expect(bad.output).toMatch(/1 failed/);
    expect(bad.code).toBe(1);
  }, 120_000);

  it("overwrites nothing, and says what it holds without --redact", async () => {
    const folder = folderWith(project);
    const id = await livedSession(folder);
    const open = await cli(folder, ["export", id, "--out", "a.json"]);
    expect(open.stderr).toContain("--redact");
    expect(readFileSync(join(folder, "a.json"), "utf8")).toMatch(personal);
    expect((await cli(folder, ["export", id, "--out", "a.json"])).code).toBe(2);
    expect((await cli(folder, ["export", id, "--out", "a.json", "--force", "--redact"])).code).toBe(0);
    expect(readFileSync(join(folder, "a.json"), "utf8")).not.toMatch(personal);
  });
});

describe("progress", () => {
  it("is a bar on standard error, for a terminal alone, and is gone at the end", async () => {
    const folder = folderWith(project);
    const id = await livedSession(folder);
    const seen = await cli(folder, ["replay", id], { isTerminal: true });
    expect(seen.stderr).toMatch(/\rreplaying \[#+-*\] \d+ %/);
    expect(seen.stderr.endsWith("\r\u001b[K")).toBe(true);
    expect(seen.stdout).not.toContain("\r");
    expect((await cli(folder, ["replay", id])).stderr).toBe("");
    expect((await cli(folder, ["replay", id, "--json"], { isTerminal: true })).stderr).toBe("");
  });
});

async function vitest(folder: string): Promise<{ readonly output: string; readonly code: number }> {
  const { VITEST: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    [join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", folder, "--maxWorkers=1", "--no-color"],
    { cwd: folder, env: { ...env, NO_COLOR: "1" } },
  );
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { output: out + errors, code: code as number };
}
