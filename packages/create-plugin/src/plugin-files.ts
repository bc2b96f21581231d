import { OrchestratorError } from "@hybrid-orchestrator/core";
import { type Answers, packageNameOf } from "./answers.js";

export interface TemplateFile {
  readonly path: string;
  readonly text: string;
}
export type PluginFile = TemplateFile;

/** The versions that packages are asked for in, by name. */
export type Versions = Readonly<Record<string, string>>;

/** A template's files as the files of a plugin: each spelling of `sample-name` becomes that of the plugin's own. */
export function pluginFiles(
  template: readonly TemplateFile[],
  answers: Answers,
  versions: Versions,
): readonly PluginFile[] {
  const rename = renaming(answers);
  return template.map(({ path, text }) => ({
    path: storedAs[path] ?? rename(path),
    text: path === "manifest.json" ? withVersions(rename(text), versions) : rename(text),
  }));
}

/** npm leaves a .gitignore out of a package, and a package.json inside of one would count as a package's own. */
const storedAs: Readonly<Record<string, string>> = {
  gitignore: ".gitignore",
  "manifest.json": "package.json",
};

function renaming(answers: Answers): (text: string) => string {
  const packageName = packageNameOf(answers);
  const { name } = answers;
  const camel = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const spellings = [
    ["@sample-scope/sample-package", packageName],
    ["sample-package", packageName.replace(/^.*\//, "")],
    ["sample-name", name],
    ["sampleName", camel],
    ["SampleName", camel.charAt(0).toUpperCase() + camel.slice(1)],
    ["SAMPLE_NAME", name.replaceAll("-", "_").toUpperCase()],
  ] as const;
  return (text) => spellings.reduce((all, [from, to]) => all.replaceAll(from, to), text);
}

/** `workspace:` and `catalog:` in a template mean: as this package was released with. */
function withVersions(manifest: string, versions: Versions): string {
  return manifest.replace(/"([^"]+)": "(?:workspace|catalog):[^"]*"/g, (_, name: string) => {
    const version = versions[name];
    if (version === undefined)
      throw new OrchestratorError("internal", `No version of ${name} is known to the template.`);
    return `"${name}": "${version}"`;
  });
}
