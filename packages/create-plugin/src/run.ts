import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { errorMessage, OrchestratorError } from "@hybrid-orchestrator/core";
import { type Answers, packageNameOf, parseAnswers } from "./answers.js";
import { ask, type Terminal } from "./ask.js";
import { readTemplate, readVersions, writePlugin } from "./disk.js";
import { pluginFiles, type Versions } from "./plugin-files.js";

export interface Surroundings {
  readonly folder: string;
  /** Absent where nobody can be asked. */
  readonly terminal?: Terminal;
  readonly write: (text: string) => void;
  /** Default: what this package was released with. */
  readonly versions?: Versions;
}

/** `create-plugin [NAME] --kind KIND [--scope SCOPE] [--directory FOLDER] [--yes] [--json]`. Answers with the exit code. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const json = args.includes("--json");
  try {
    const { values, positionals } = read(args);
    const given = { ...values, ...(positionals[0] !== undefined && { name: positionals[0] }) };
    const terminal = values.yes || json ? undefined : surroundings.terminal;
    const answers = parseAnswers(terminal === undefined ? given : await ask(given, terminal));
    const folder = resolve(
      surroundings.folder,
      values.directory ?? packageNameOf(answers).replace(/^.*\//, ""),
    );
    const versions = surroundings.versions ?? readVersions();
    const files = pluginFiles(readTemplate(answers.kind), answers, versions);
    writePlugin(folder, files);
    surroundings.write(
      json
        ? `${JSON.stringify({ package: packageNameOf(answers), folder, files: files.map(({ path }) => path), next: next(folder) })}\n`
        : summary(answers, folder),
    );
    return 0;
  } catch (error) {
    const code = OrchestratorError.isInstance(error) ? error.code : "internal";
    const message = errorMessage(error);
    surroundings.write(json ? `${JSON.stringify({ error: { code, message } })}\n` : `${message}\n`);
    return 1;
  }
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        kind: { type: "string" },
        scope: { type: "string" },
        directory: { type: "string" },
        yes: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new OrchestratorError("invalid_argument", errorMessage(error), { cause: error });
  }
}

function next(folder: string): string[] {
  return [`cd ${folder}`, "npm install", "npm test"];
}

function summary(answers: Answers, folder: string): string {
  return `${packageNameOf(answers)} is in ${folder}. Next:\n\n${next(folder)
    .map((command) => `  ${command}\n`)
    .join("")}`;
}
