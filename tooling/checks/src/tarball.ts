import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { root } from "./workspace.js";

/** Where check-packages leaves what it packed, for who installs it. */
export const tarballs = join(root, "node_modules/.cache/tarballs");

/** Packs every package as a release would, with `publishConfig` applied: one tarball each in `target`. */
export function packAll(target: string): void {
  const args = ["--recursive", "--filter=./packages/*", "pack", "--pack-destination", target];
  execFileSync("pnpm", args, { cwd: root, stdio: "pipe" });
}

/** Packs the package in one folder. */
export function pack(folder: string): Uint8Array<ArrayBuffer> {
  const target = mkdtempSync(join(tmpdir(), "pack-"));
  try {
    execFileSync("pnpm", ["pack", "--pack-destination", target], { cwd: folder, stdio: "pipe" });
    const [tarball] = readdirSync(target);
    if (tarball === undefined) throw new Error(`pnpm pack left no tarball for ${folder}.`);
    return new Uint8Array(readFileSync(join(target, tarball)));
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

/** What publint and arethetypeswrong hold against a tarball, one line each. */
export async function tarballFindings(tarball: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  const linted = messages.map(
    (message) => `publint ${message.type}: ${formatMessage(message, pkg, { color: false }) ?? message.code}`,
  );
  const analysis = await checkPackage(createPackageFromTarballData(tarball));
  if (analysis.types === false) return [...linted, "arethetypeswrong: the package has no types"];
  // ESM only: `require` and the old resolution without "exports" are left out on purpose.
  const unsupported = ["node10", "node16-cjs"];
  const wrong = analysis.problems
    .filter((problem) => !("resolutionKind" in problem && unsupported.includes(problem.resolutionKind)))
    .map((problem) => `arethetypeswrong ${problem.kind}: ${JSON.stringify(problem)}`);
  return [...linted, ...wrong];
}
