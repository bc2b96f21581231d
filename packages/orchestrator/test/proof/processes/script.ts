import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A folder for one test, gone with it. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "hybrid-proof-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A script with all that it imports as one file, so that a thousand of them start quickly. Returns its path. */
export async function bundleScript(script: URL, folder: string): Promise<string> {
  const outfile = join(folder, "worker.mjs");
  const storage = createRequire(
    fileURLToPath(new URL("../../../../storage-sqlite/package.json", import.meta.url)),
  );
  await build({
    entryPoints: [fileURLToPath(script)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["source"],
    logLevel: "error",
    // For what of the dependencies is CommonJS.
    banner: { js: 'import { createRequire as from } from "node:module"; const require = from("file:///");' },
    // The database's driver is native code: it is loaded from where it is installed.
    define: { "import.meta.url": JSON.stringify(`file://${storage.resolve("better-sqlite3")}`) },
  });
  return outfile;
}
