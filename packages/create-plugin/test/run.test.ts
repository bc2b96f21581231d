import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Terminal } from "../src/ask.js";
import { kinds } from "../src/index.js";
import { run } from "../src/run.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "create-plugin-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const versions = new Proxy<Record<string, string>>({}, { get: () => "^1.0.0" });

async function create(...args: string[]) {
  return createAt(undefined, ...args);
}

async function createAt(terminal: Terminal | undefined, ...args: string[]) {
  let written = "";
  const write = (text: string) => {
    written += text;
  };
  const exitCode = await run(args, { folder, write, versions, ...(terminal && { terminal }) });
  return { exitCode, written };
}

/** Somebody who presses these keys when a question with such words appears. */
function person(answers: Record<string, string>): Terminal {
  const waiting = new Map(Object.entries(answers));
  const input = new PassThrough();
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const [words, keys] of waiting) {
        if (chunk.includes(words) && waiting.delete(words)) setImmediate(() => input.write(keys));
      }
      done();
    },
  });
  return { input, output };
}

it.each(kinds)("writes a whole %s, with nothing of the template's name left", async (kind) => {
  const { exitCode, written } = await create("night-pager", "--kind", kind, "--scope", "@acme", "--json");
  const home = join(folder, `hybrid-${kind}-night-pager`);
  expect(exitCode).toBe(0);
  const told = JSON.parse(written) as { package: string; files: string[]; next: string[] };
  expect(told).toMatchObject({ package: `@acme/hybrid-${kind}-night-pager` });
  expect(told.next).toHaveLength(3);
  expect(told.files).toEqual(
    expect.arrayContaining([
      ".gitignore",
      "LICENSE",
      "README.md",
      "package.json",
      "test/conformance.test.ts",
    ]),
  );
  for (const path of told.files) {
    const text = readFileSync(join(home, path), "utf8");
    expect(path + text).not.toMatch(
      /sample-name|sample-package|sample-scope|sampleName|SampleName|SAMPLE_NAME/,
    );
    expect(text).not.toMatch(/"(workspace|catalog):/);
  }
});

it("overwrites nothing", async () => {
  expect((await create("pager", "--kind", "agent")).exitCode).toBe(0);
  const again = await create("pager", "--kind", "channel", "--directory", "hybrid-agent-pager", "--json");
  expect(again.exitCode).toBe(1);
  expect(JSON.parse(again.written)).toMatchObject({ error: { code: "invalid_argument" } });
  expect(readdirSync(join(folder, "hybrid-agent-pager", "src"))).toContain("agent.ts");
});

it("asks on a terminal for what was not given", async () => {
  const down = "\x1b[B";
  const terminal = person({ "bring?": `${down}\r`, "called?": "night-pager\r", "scope?": "\r" });
  const { exitCode, written } = await createAt(terminal);
  expect(written).toContain("hybrid-agent-night-pager is in");
  expect(exitCode).toBe(0);
  expect(readdirSync(join(folder, "hybrid-agent-night-pager"))).toContain("package.json");
});

it("makes nothing for somebody who gives up", async () => {
  const { exitCode, written } = await createAt(person({ "called?": "\x03" }), "--kind", "agent");
  expect({ exitCode, written }).toEqual({ exitCode: 1, written: "Nothing was made.\n" });
  expect(readdirSync(folder)).toEqual([]);
});

it("says what is missing or unknown, and leaves nothing", async () => {
  for (const args of [[], ["pager"], ["pager", "--knid", "agent"]]) {
    expect((await create(...args)).exitCode).toBe(1);
  }
  expect(readdirSync(folder)).toEqual([]);
});
