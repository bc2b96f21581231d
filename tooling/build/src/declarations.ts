import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";

/**
 * Writes the types of every package's exports into its `dist`, beside the code that tsup has built: one program for all
 * packages declares them in seconds, one for each takes minutes. Nothing is checked here: that is the step `typecheck`,
 * which looks at the tests too.
 */

interface Manifest {
  exports?: Record<string, { source?: string; types?: string }>;
}

const root = fileURLToPath(new URL("../../..", import.meta.url));
// Not below node_modules: rollup-plugin-dts takes what is there for somebody else's.
const declarations = join(root, "tooling/build/dist");

rmSync(declarations, { recursive: true, force: true });
const tsc = fileURLToPath(new URL("../node_modules/typescript-7/bin/tsc", import.meta.url));
const project = join(root, "tooling/tsconfig/declarations.json");
execFileSync(process.execPath, [tsc, "--project", project, "--outDir", declarations], { stdio: "inherit" });

for (const name of readdirSync(join(root, "packages"))) {
  const folder = join("packages", name);
  if (!existsSync(join(root, folder, "src"))) continue;
  const { exports = {} } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
  for (const { source, types } of Object.values(exports))
    if (source !== undefined && types !== undefined) await bundle(folder, source, types);
}

async function bundle(folder: string, source: string, types: string): Promise<void> {
  const bundled = await rollup({
    input: join(declarations, folder, source.replace(/\.ts$/, ".d.ts")),
    external: (id) => !/^[./]/.test(id),
    plugins: [dts()],
    onwarn: (warning) => {
      throw new Error(`The types of ${folder}: ${warning.message}`);
    },
  });
  await bundled.write({ file: join(root, folder, types), format: "es" });
  await bundled.close();
}
