import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const documents = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "" && !path.startsWith("."));

interface Example {
  readonly document: string;
  readonly line: number;
  readonly code: string;
  /** Marked `<!-- run -->`: executed, not only compiled. */
  readonly run: boolean;
}

/** What examples may use without saying where it comes from. */
const ambient = `
  import type { Orchestrator } from "@hybrid-orchestrator/orchestrator";
  declare global {
    const orchestrator: Orchestrator;
    const token: string;
  }
`;

const examples = documents.flatMap(examplesOf);
let folder = "";

beforeAll(() => {
  // Inside the workspace, so that the packages are found; not under src or test, so that nothing else looks at it.
  const cache = join(root, "tooling/checks/node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  folder = mkdtempSync(join(cache, "examples-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("finds examples in the documents", () => {
  expect(examples.length).toBeGreaterThan(8);
  expect(examples.some(({ run }) => run)).toBe(true);
});

it("compiles every example", async () => {
  const globals = join(folder, "globals.d.ts");
  writeFileSync(globals, ambient);
  const files = new Map(examples.map((example, index) => [write(example, index), example]));
  const project = join(folder, "tsconfig.json");
  writeFileSync(
    project,
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: {
        noEmit: true,
        declaration: false,
        types: ["node"],
        typeRoots: [join(root, "node_modules/@types")],
      },
      files: [globals, ...files.keys()],
    }),
  );
  const problems = (await compile(project)).flatMap(([path, line, message]) => {
    const example = files.get(path);
    // Of the examples alone: what they import is checked elsewhere.
    return example === undefined && path.startsWith(root) && !path.startsWith(folder)
      ? []
      : [`${example?.document ?? path}:${(example?.line ?? 0) + line}: ${message}`];
  });
  expect(files.size).toBe(examples.length);
  expect(problems).toEqual([]);
}, 180_000);

/** What the compiler has to say: file, line, message. Whatever else it says is an error of its own. */
async function compile(project: string): Promise<readonly (readonly [string, number, string])[]> {
  const compiler = join(root, "tooling/build/node_modules/typescript-7/bin/tsc");
  const output = await promisify(execFile)(process.execPath, [compiler, "-p", project, "--pretty", "false"], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  }).then(
    ({ stdout }) => stdout,
    (error: { readonly stdout?: string }) => {
      if (error.stdout === undefined || error.stdout === "") throw error;
      return error.stdout;
    },
  );
  return output
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith(" "))
    .map((line) => {
      const [, path = "", at = "0", message = line] = /^(.+)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
      return [path === "" ? "tsc" : resolve(root, path), Number(at), message] as const;
    });
}

// All in one process, one after the other: what they import takes longer than they do.
it("runs every example that is marked for it", async () => {
  const marked = examples.filter(({ run }) => run);
  const files = marked.map((example) => write(example, `run-${examples.indexOf(example)}`));
  const all = join(folder, "run-all.mts");
  const mark = "\u0000example ends\u0000";
  const lines = files.map(
    (file) => `await import(${JSON.stringify(file)});\nconsole.log(${JSON.stringify(mark)});\n`,
  );
  writeFileSync(all, lines.join(""));
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["--conditions=source", "--import", "tsx", all],
    { cwd: root, timeout: 150_000 },
  );
  expect(stderr).toBe("");
  const printed = stdout.split(mark);
  const silent = marked.filter((_, index) => (printed[index] ?? "").trim() === "");
  expect(printed).toHaveLength(marked.length + 1);
  expect(silent.map(({ document, line }) => `${document}:${line}`)).toEqual([]);
}, 180_000);

function write(example: Example, name: number | string): string {
  const path = join(folder, `example-${name}.mts`);
  writeFileSync(
    path,
    example.code.includes("import ") || example.code.includes("export ")
      ? example.code
      : `${example.code}\nexport {};`,
  );
  return path;
}

function examplesOf(document: string): Example[] {
  const text = readFileSync(join(root, document), "utf8");
  return [...text.matchAll(/(<!-- run -->\s*)?^```ts\n([\s\S]*?)^```/gm)].map((match) => ({
    document,
    line: text.slice(0, match.index + (match[1]?.length ?? 0)).split("\n").length,
    // A template is a plugin of that name, which nobody has installed.
    code: (match[2] ?? "").replaceAll(
      "@sample-scope/sample-package",
      `${dirname(join(root, document))}/src/index.js`,
    ),
    run: match[1] !== undefined,
  }));
}
