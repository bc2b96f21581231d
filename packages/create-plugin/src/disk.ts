import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { OrchestratorError } from "@hybrid-orchestrator/core";
import type { PluginKind } from "./answers.js";
import type { PluginFile, TemplateFile, Versions } from "./plugin-files.js";

const home = new URL("../", import.meta.url);

/** The files of one kind's template, and those that all have. */
export function readTemplate(kind: PluginKind): TemplateFile[] {
  return ["common", kind].flatMap((folder) => {
    const root = fileURLToPath(new URL(`templates/${folder}/`, home));
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => ({
        path: relative(root, path).replaceAll("\\", "/"),
        text: readFileSync(path, "utf8"),
      }));
  });
}

/** What this package was released with. */
export function readVersions(): Versions {
  const manifest = JSON.parse(readFileSync(new URL("package.json", home), "utf8")) as {
    dependencies: Versions;
    devDependencies: Versions;
  };
  return { ...manifest.devDependencies, ...manifest.dependencies };
}

/** @throws OrchestratorError `invalid_argument` where the folder holds something already: nothing is overwritten. */
export function writePlugin(folder: string, files: readonly PluginFile[]): void {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new OrchestratorError("invalid_argument", `The folder ${folder} is not empty. Choose another.`);
  for (const { path, text } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { flag: "wx" });
  }
}
