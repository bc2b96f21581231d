import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Manifest, PackageFacts } from "./boundaries.js";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Every folder of `packages`, with what the boundary rules look at. */
export function readPackages(): PackageFacts[] {
  return readdirSync(join(root, "packages"))
    .filter((folder) => existsSync(join(root, "packages", folder, "package.json")))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")) as Manifest,
      files: readFiles(join(root, "packages", folder)),
    }));
}

/** What git tracks or would track: not what it ignores. */
export function trackedPaths(): string[] {
  const options = { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 } as const;
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], options);
  // A file that was deleted and not yet committed is still in git's index.
  return list.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
}

function readFiles(folder: string): Record<string, string> {
  const sources = readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" })
    .map((path) => `src/${path.replaceAll("\\", "/")}`)
    .filter((path) => /\.[cm]?tsx?$/.test(path));
  const present = [...sources, "README.md", "tsconfig.json", "tsup.config.ts"].filter((path) =>
    existsSync(join(folder, path)),
  );
  return Object.fromEntries(present.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}
