import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Manifest } from "./boundaries.js";
import { tarballs } from "./tarball.js";
import { root } from "./workspace.js";

/** One version of a package that a registry can hand out. */
export interface StoredPackage {
  readonly manifest: Manifest & { readonly version: string };
  tarball(): Promise<Uint8Array>;
}

/** Our packages as check-packages left them, by name. */
export function ourPackages(): ReadonlyMap<string, StoredPackage> {
  if (!existsSync(tarballs)) throw new Error(`${tarballs} is missing. Run \`pnpm test\`, which packs, once.`);
  return new Map(
    readdirSync(tarballs).map((file) => {
      const path = join(tarballs, file);
      const text = execFileSync("tar", ["-xzOf", path, "package/package.json"], { encoding: "utf8" });
      const manifest = readManifest(text);
      return [manifest.name, { manifest, tarball: () => readFile(path) }];
    }),
  );
}

const store = join(root, "node_modules/.pnpm");

/** The versions of a third party's package that the workspace has installed, with what was compiled for them. */
export function installedPackages(name: string): readonly StoredPackage[] {
  const prefix = `${name.replace("/", "+")}@`;
  const folders = readdirSync(store)
    .filter((entry) => entry.startsWith(prefix))
    .map((entry) => join(store, entry, "node_modules", name));
  const packages = folders.map((folder): [string, StoredPackage] => {
    const manifest = readManifest(readFileSync(join(folder, "package.json"), "utf8"));
    return [manifest.version, { manifest, tarball: () => archive(folder) }];
  });
  // pnpm keeps for a while what is installed no more; what such a version needs may be gone.
  const lock = readFileSync(join(store, "lock.yaml"), "utf8");
  return [...new Map(packages).entries()]
    .filter(([version]) => lock.includes(`${name}@${version}`))
    .map(([, stored]) => stored);
}

function readManifest(text: string): StoredPackage["manifest"] {
  return JSON.parse(text) as StoredPackage["manifest"];
}

/** pnpm links equal files of a package to one; npm leaves links out. Where the tar is not GNU's, pnpm clones. */
const filesNotLinks = process.platform === "linux" ? ["--hard-dereference"] : [];

async function archive(folder: string): Promise<Uint8Array> {
  // The commands that pnpm puts into a package are none of its files.
  const from = ["--exclude=*/node_modules/.bin", "-C", dirname(folder), basename(folder)];
  const options = { encoding: "buffer", maxBuffer: 256 * 1024 * 1024 } as const;
  const { stdout } = await promisify(execFile)("tar", ["-c", ...filesNotLinks, ...from], options);
  return stdout;
}
