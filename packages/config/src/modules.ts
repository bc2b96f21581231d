import { stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createJiti } from "jiti";

/** Loads what a configuration file names, as seen from that file. */
export interface Modules {
  /** Null where nothing of that name is installed. */
  load(name: string): Promise<Readonly<Record<string, unknown>> | null>;
}

const names = ["ts", "mts", "mjs", "js", "yaml", "yml", "json"].map((ending) => `hybrid.config.${ending}`);
export const fileNames: readonly string[] = [...names, "channels.yaml", "channels.yml"];

/** The configuration file of a folder or the nearest one above it. */
export async function findFile(from: string): Promise<string | null> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    for (const name of fileNames) {
      const path = join(folder, name);
      if (await isFile(path)) return path;
    }
    if (dirname(folder) === folder) return null;
  }
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ?? false;
}

/** Packages are found from the configuration's own folder, so that they need not be installed beside this one. */
export function modulesOf(configPath: string): Modules {
  return {
    async load(name) {
      const jiti = createJiti(configPath, { fsCache: false, tryNative: true });
      const url = jiti.esmResolve(name, { parentURL: pathToFileURL(configPath), try: true });
      return url === undefined ? null : importFile(url, configPath);
    },
  };
}

/** Runs a module. Node.js 20 knows no TypeScript, so jiti reads that; the rest is Node's own business. */
export async function importFile(
  file: string,
  parent: string = file,
): Promise<Readonly<Record<string, unknown>>> {
  const path = file.startsWith("file:") ? fileURLToPath(file) : file;
  if (!/\.[cm]?ts$/.test(path))
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  const jiti = createJiti(parent, { fsCache: false, tryNative: true });
  return await jiti.import<Readonly<Record<string, unknown>>>(path);
}
