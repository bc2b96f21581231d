import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hybrid-demo-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function demo(
  args: readonly string[],
  input = "",
): Promise<{ output: string; errors: string; code: number }> {
  const child = spawn(process.execPath, ["--conditions=source", "--import", "tsx", main, ...args], {
    cwd: root,
  });
  child.stdin.end(input);
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { output, errors, code: code as number };
}

describe("the story", () => {
  it("ends by itself within 20 s and tells what happened, on a real file", async () => {
    const db = join(folder, "story.db");
    const started = Date.now();
    const { output, errors, code } = await demo(["--db", db]);
    expect(errors).toBe("");
    expect(code).toBe(0);
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(existsSync(db)).toBe(true);
    expect(output).toContain(db);
    const inOrder = [
      "A session begins",
      "the agent says continue",
      "trigger ssn_struggle fired",
      "agent mock decided prompt_user",
      "highlight_field",
      "a human is wanted",
      "trigger inactivity_warning fired",
      "status active -> completed",
      "sessions completed: 1",
    ];
    expect(inOrder.map((part) => output.indexOf(part)).filter((place) => place < 0)).toEqual([]);
    const places = inOrder.map((part) => output.indexOf(part));
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  }, 30_000);
});

describe("--input", () => {
  it("reports a bad line with its number, skips it, and goes on", async () => {
    const at = (second: number) => new Date(Date.UTC(2026, 4, 11, 9, 0, second)).toISOString();
    const record = (second: number) =>
      JSON.stringify({ session: "s1", type: "field_change", data: { fieldId: "zip" }, at: at(second) });
    const lines = [
      record(0),
      "not json",
      record(5),
      JSON.stringify({ session: "s1", type: "field_change" }),
      JSON.stringify({ session: "s1", type: "x", at: at(6), data: {}, extra: 1 }),
      "",
      record(10),
    ];
    const { output, code } = await demo(["--input", "-", "--db", join(folder, "stdin.db")], lines.join("\n"));
    expect(code).toBe(0);
    expect(output).toMatch(/line 2 skipped: It is not JSON/);
    expect(output).toMatch(/line 4 skipped: .*at/);
    expect(output).toMatch(/line 5 skipped: .*extra/);
    expect(output).toContain("s1: trigger field_struggle fired (1)");
    expect(output).toContain("3 activities of 1 sessions");
    expect(output).toContain("3 bad lines");
  }, 20_000);

  it("replays the sample: some hundred records of several sessions, with firings of each kind", async () => {
    const { output, code } = await demo([
      "--input",
      "apps/demo/data/activities.jsonl",
      "--db",
      join(folder, "sample.db"),
    ]);
    expect(code).toBe(0);
    for (const rule of [
      "field_struggle",
      "undecided",
      "gone_quiet",
      "errors_pile_up",
      "quote_without_signature",
    ]) {
      expect(output).toContain(`trigger ${rule} fired`);
    }
    expect(output).toMatch(/\d{3} activities of 14 sessions, \d+ firings, 0 bad lines/);
  }, 20_000);

  it("fails with a sentence for a file that does not exist", async () => {
    const { errors, code } = await demo(["--input", "nothing.jsonl"]);
    expect(code).toBe(1);
    expect(errors).toContain("nothing.jsonl");
    expect(errors).not.toContain("    at ");
  }, 20_000);
});
