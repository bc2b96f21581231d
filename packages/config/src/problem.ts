import { formatPath, type Issue, OrchestratorError } from "@hybrid-orchestrator/core";

/**
 * - `no_file`, `unreadable_file`: there is none, or it cannot be read or run.
 * - `invalid_syntax`: it is not YAML or JSON.
 * - `missing_variable`: an environment variable that it names is not set and has no default.
 * - `unknown_key`: nothing is called that. `invalid_value`: what stands there is not right, or missing.
 * - `unknown_plugin`: no such package is installed. `invalid_plugin`: the package is no plugin of that kind.
 * - `unknown_channel`: a route names a channel that there is not.
 */
export const problemCodes = [
  "no_file",
  "unreadable_file",
  "invalid_syntax",
  "missing_variable",
  "unknown_key",
  "invalid_value",
  "unknown_plugin",
  "invalid_plugin",
  "unknown_channel",
] as const;
export type ProblemCode = (typeof problemCodes)[number];

export type Path = Issue["path"];

/** One mistake in a configuration file. Holds no secret and nothing that came out of the environment. */
export interface Problem {
  readonly code: ProblemCode;
  /** Keys and indexes, as they stand in the file. */
  readonly path: Path;
  readonly message: string;
  /** The name that was probably meant. */
  readonly suggestion?: string;
  /** Another file than the configuration itself, e.g. the one with the triggers. */
  readonly file?: string;
  /** Where it stands, from 1. Absent for configurations in TypeScript. */
  readonly line?: number;
  readonly column?: number;
}

/** Splits what `suggestName` says off a message. */
export function problem(code: ProblemCode, path: Path, text: string): Problem {
  const [, message = text, suggestion] = /^(.*); did you mean (.+)\?$/s.exec(text) ?? [];
  return { code, path, message, ...(suggestion !== undefined && { suggestion }) };
}

/** `channels.email.config.api_ky (line 4, column 7): is not known here; did you mean api_key?` */
export function tellProblem({ path, message, suggestion, file, line, column }: Problem): string {
  const at = [file, line === undefined ? undefined : `line ${line}, column ${column}`]
    .filter((part) => part !== undefined)
    .join(", ");
  const place = [formatPath(path), at === "" ? "" : `(${at})`].filter((part) => part !== "").join(" ");
  const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
  return `${place === "" ? "" : `${place}: `}${message}${hint}`;
}

/** @throws always: OrchestratorError `invalid_configuration` with every problem. */
export function refuse(problems: readonly Problem[], path: string | null): never {
  const count = problems.length === 1 ? "a mistake" : `${problems.length} mistakes`;
  const lines = problems.map((each) => `\n- ${tellProblem(each)}`).join("");
  throw new OrchestratorError(
    "invalid_configuration",
    `The configuration${path === null ? "" : ` ${path}`} has ${count}.${lines}`,
    { issues: problems.map(({ path: at, message }) => ({ path: at, message })) },
  );
}
