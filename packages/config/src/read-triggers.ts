import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { OrchestratorError, type StandardSchemaV1, type Trigger } from "@hybrid-orchestrator/core";
import { type ParsedTriggers, parseTriggers } from "@hybrid-orchestrator/triggers";
import { checkValue } from "./check-value.js";
import { type Environment, substitute } from "./environment.js";
import { isPlainObject } from "./plain.js";
import { type Path, type Problem, problem } from "./problem.js";
import { readDocument } from "./read-document.js";

export interface ReadTriggers {
  readonly triggers: readonly Trigger[];
  /** Of all of them together; null: no limit is given. */
  readonly maxFiresPerSession: number | null;
  readonly problems: readonly Problem[];
  /** What came out of the environment. */
  readonly taken: readonly string[];
}

const triggerSchema: StandardSchemaV1<unknown, ParsedTriggers> = {
  "~standard": {
    version: 1,
    vendor: "hybrid-orchestrator",
    validate(value) {
      try {
        return { value: parseTriggers(value) };
      } catch (error) {
        if (OrchestratorError.isInstance(error, "invalid_trigger")) return { issues: error.issues };
        throw error;
      }
    },
  },
};

interface Source {
  readonly folder: string;
  readonly env: Environment;
  isText(path: Path): boolean;
}

/** The rules of `triggers`: a file, a list of rules and files, or what a file holds. */
export async function readTriggers(value: unknown, source: Source): Promise<ReadTriggers> {
  const parts = Array.isArray(value)
    ? await readList(value, source)
    : [await readOne(value, ["triggers"], source)];
  const problems = parts.flatMap((part) => part.problems);
  const triggers = parts.flatMap((part) => part.triggers);
  const limits = parts.flatMap(({ maxFiresPerSession }) => maxFiresPerSession ?? []);
  return {
    triggers,
    maxFiresPerSession: limits.length === 0 ? null : Math.min(...limits),
    problems: [...problems, ...(problems.length === 0 ? repeated(triggers) : [])],
    taken: parts.flatMap(({ taken }) => taken),
  };
}

async function readList(list: readonly unknown[], source: Source): Promise<ReadTriggers[]> {
  const indexes = list.flatMap((item, index) => (typeof item === "string" ? [] : [index]));
  const inline = indexes.map((index) => list[index]);
  const at = ([index, ...rest]: Path): Path =>
    typeof index === "number" ? ["triggers", indexes[index] ?? index, ...rest] : ["triggers"];
  const parts = inline.length === 0 ? [] : [await check(inline, at, source.isText)];
  for (const [index, item] of list.entries())
    if (typeof item === "string") parts.push(await readFileOf(item, ["triggers", index], source));
  return parts;
}

function readOne(value: unknown, at: Path, source: Source): Promise<ReadTriggers> {
  if (typeof value === "string") return readFileOf(value, at, source);
  return check(value, (path) => [...at, ...path], source.isText);
}

async function readFileOf(name: string, at: Path, { folder, env }: Source): Promise<ReadTriggers> {
  const path = resolve(folder, name);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const code =
      isPlainObject(error) || error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    return nothing([
      problem("unreadable_file", at, `the file ${name} cannot be read (${code ?? "unknown"})`),
    ]);
  }
  const document = readDocument(text);
  if (document.problems.length > 0)
    return nothing(document.problems.map((each) => ({ ...each, file: name })));
  const made = substitute(document.value, env);
  const checked = await check(made.value, (each) => each, made.isText);
  return {
    ...checked,
    problems: [...made.problems, ...checked.problems].map((each) => ({
      ...each,
      file: name,
      ...document.locate(each.path),
    })),
    taken: made.taken,
  };
}

async function check(
  value: unknown,
  toSource: (path: Path) => Path,
  isText: (path: Path) => boolean,
): Promise<ReadTriggers> {
  const { output, problems } = await checkValue(triggerSchema, value, (path) => isText(toSource(path)));
  if (problems.length > 0) return nothing(problems.map((each) => ({ ...each, path: toSource(each.path) })));
  return { ...(output as ParsedTriggers), problems: [], taken: [] };
}

function nothing(problems: readonly Problem[]): ReadTriggers {
  return { triggers: [], maxFiresPerSession: null, problems, taken: [] };
}

/** Each file and list is free of repetitions in itself; together they may not be. */
function repeated(triggers: readonly Trigger[]): Problem[] {
  const names = triggers.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) =>
    problem("invalid_value", ["triggers"], `${name} is the name of two triggers`),
  );
}
