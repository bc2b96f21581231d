import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decides, sensible } from "../../../packages/agent-claude/test/harness.js";
import { apiKey, messagesServer } from "../../../packages/agent-claude/test/messages-server.js";

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
  env: Readonly<Record<string, string>> = {},
): Promise<{ output: string; errors: string; code: number }> {
  const child = spawn(process.execPath, ["--conditions=source", "--import", "tsx", main, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
  });
  child.stdin.end(input);
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  return { output, errors, code: code as number };
}

function expectInOrder(output: string, parts: readonly string[]): void {
  let from = 0;
  for (const part of parts) {
    const place = output.indexOf(part, from);
    if (place < 0) throw new Error(`Not told, or not in this order: ${part}\n\n${output}`);
    from = place + part.length;
  }
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
    expectInOrder(output, [
      "A session begins",
      "trigger ssn_struggle fired",
      "agent mock decided prompt_user",
      "highlight_field",
      "> agent: Of course.",
      "a human is wanted",
      "the session is nobody's now",
      "ann has claimed it",
      "the session is ann's now",
      "what she sees",
      "I want to talk to a human, please.",
      "this is Ann",
      "ann hands back",
      "the session is agent mock's now",
      'agent mock decided prompt_user: "The nine digits are on the Social Security card.',
      "agent mock decided complete",
      "status active -> completed",
      "sessions completed: 1",
    ]);
  }, 30_000);

  it("is told by the real model's API where a key is set", async () => {
    const api = await messagesServer((request) => {
      const isDecision = JSON.stringify(request.output_config ?? {}).includes('"confidence"');
      if (!isDecision) return sensible(request);
      return JSON.stringify(request.messages).includes("has submitted the form")
        ? decides({ action: "complete", reasoning: "All is there." })
        : decides({ action: "prompt_user", message: "Nine digits, please.", reasoning: "It is stuck." });
    });
    try {
      const db = join(folder, "claude.db");
      const env = { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: api.url };
      const { output, errors, code } = await demo(["--db", db, "--agent", "claude"], "", env);
      expect(errors).toBe("");
      expect(code).toBe(0);
      expect(api.refusals).toEqual([]);
      expectInOrder(output, [
        "agent claude decided prompt_user",
        "> agent: It needs nine digits",
        "ann has claimed it",
        "the session is agent claude's now",
        "agent claude decided complete",
        "sessions completed: 1",
      ]);
      // The note reaches the model, as something that it should know.
      expect(
        api.requests.some(({ text }) => text.includes("nine digits are on the Social Security card")),
      ).toBe(true);
    } finally {
      await api.close();
    }
  }, 30_000);

  it("fails with a sentence where the key is missing", async () => {
    const { errors, code } = await demo(["--agent", "claude"], "", { ANTHROPIC_API_KEY: "" });
    expect(code).toBe(1);
    expect(errors).toContain("ANTHROPIC_API_KEY");
    expect(errors).not.toContain("    at ");
  }, 20_000);
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
