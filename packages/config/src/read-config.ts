import { readFile } from "node:fs/promises";
import { errorMessage } from "@hybrid-orchestrator/core";
import { type Environment, type Substituted, substitute } from "./environment.js";
import { importFile } from "./modules.js";
import { type Problem, problem } from "./problem.js";
import { readDocument, type SourceDocument } from "./read-document.js";

export interface ReadConfig extends Substituted {
  /** As it was written, variables unresolved. */
  readonly raw: unknown;
  readonly locate: SourceDocument["locate"];
}

/** Reads a configuration file. One in TypeScript or JavaScript reads the environment itself. */
export async function readConfig(path: string, env: Environment): Promise<ReadConfig> {
  try {
    if (/\.[cm]?[jt]s$/.test(path)) return code(await importFile(path));
    const { value: raw, problems, locate } = readDocument(await readFile(path, "utf8"));
    if (problems.length > 0) return broken(problems);
    return { raw: raw ?? {}, locate, ...substitute(raw ?? {}, env) };
  } catch (error) {
    return broken([problem("unreadable_file", [], `It cannot be read: ${errorMessage(error)}`)]);
  }
}

function code(module: Readonly<Record<string, unknown>>): ReadConfig {
  const value = module.default;
  if (value === undefined || value === null)
    return broken([
      problem(
        "unreadable_file",
        [],
        "It must export a configuration as default: export default defineConfig({ … })",
      ),
    ]);
  return { raw: value, value, problems: [], taken: [], isText: () => false, locate: () => null };
}

function broken(problems: readonly Problem[]): ReadConfig {
  return { raw: {}, value: null, problems, taken: [], isText: () => false, locate: () => null };
}
