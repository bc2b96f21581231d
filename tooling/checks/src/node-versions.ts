import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

/**
 * `tsx node-versions.ts [22 24 …]` runs the README's test command on a fresh clone under other versions of Node.js.
 * The npm packages `node-PLATFORM-ARCH` bring their binaries and headers, so nothing on the machine is changed.
 */

const root = join(import.meta.dirname, "../../..");
const platform = { darwin: "darwin", linux: "linux", win32: "win" }[process.platform as string];
const wanted = process.argv.slice(2);
const versions = wanted.length > 0 ? wanted : ["22", "24"];
if (platform === undefined) throw new Error(`There is no package of Node.js for ${process.platform}.`);

const folder = mkdtempSync(join(tmpdir(), "node-versions-"));
const failed: string[] = [];
try {
  for (const version of versions) if (!check(version)) failed.push(version);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  `\nNode.js ${versions.join(", ")}: ${failed.length === 0 ? "all passed" : `failed on ${failed.join(", ")}`}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;

function check(version: string): boolean {
  const tools = join(folder, `tools-${version}`);
  const clone = join(folder, `clone-${version}`);
  const name = `node-${platform}-${process.arch}`;
  if (!run("npm", ["install", "--silent", "--no-save", "--prefix", tools, `${name}@${version}`]))
    return false;
  const node = join(tools, "node_modules", name);
  const binaries = existsSync(join(node, "bin")) ? join(node, "bin") : node;
  if (!run("git", ["clone", "--quiet", root, clone])) return false;
  console.log(`\n── Node.js ${version}`);
  const env = { PATH: `${binaries}${delimiter}${process.env.PATH ?? ""}`, npm_config_nodedir: node };
  const pnpm = (...args: string[]) => run("npx", ["-y", "pnpm@10.34.8", ...args], { cwd: clone, env });
  // Installed here, because a pnpm that runs inside of another one does not.
  return (
    run("node", ["--version"], { env }) && pnpm("install", "--frozen-lockfile", "--silent") && pnpm("test")
  );
}

function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): boolean {
  const { cwd = root, env = {} } = options;
  const { status } = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return status === 0;
}
