import { type StandardSchemaV1, suggestName } from "@hybrid-orchestrator/core";
import { type JsonSchema, jsonSchemaOf, keysAt, schemasAt } from "./json-schema-tools.js";
import { isPlainObject, valueAt, withValueAt } from "./plain.js";
import { type Path, type Problem, problem } from "./problem.js";

export interface CheckedValue {
  /** As it was given, with texts out of the environment made numbers and booleans where those are wanted. */
  readonly input: unknown;
  /** As the schema reads it; meaningless where there are problems. */
  readonly output: unknown;
  /** Their paths begin at the value. */
  readonly problems: readonly Problem[];
}

/** Checks a value with any Standard Schema library. `isText` says which values are texts out of `${…}`. */
export async function checkValue(
  schema: StandardSchemaV1,
  value: unknown,
  isText: (path: Path) => boolean,
): Promise<CheckedValue> {
  const first = await schema["~standard"].validate(value);
  if (!first.issues) return { input: value, output: first.value, problems: [] };
  // A variable is always a text; only the schema knows where a number is wanted.
  const input = flatten(first.issues)
    .filter(({ path }) => isText(path))
    .reduce((made, { path }) => withValueAt(made, path, literal(valueAt(made, path))), value);
  const second = input === value ? first : await schema["~standard"].validate(input);
  if (!second.issues) return { input, output: second.value, problems: [] };
  const known = jsonSchemaOf(schema);
  const problems = flatten(second.issues).flatMap((issue) => tell(issue, input, known));
  return { input, output: undefined, problems: unique(problems) };
}

interface FlatIssue {
  readonly path: Path;
  readonly message: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Of a union that nothing fits, what is wrong with the variant that fits the value's own shape. */
function flatten(issues: readonly StandardSchemaV1.Issue[], before: Path = []): FlatIssue[] {
  return issues.flatMap((issue): FlatIssue[] => {
    const path = [...before, ...(issue.path ?? []).map(keyOf)];
    const detail = issue as unknown as Record<string, unknown>;
    const own = { path, message: issue.message, detail };
    if (detail.code !== "invalid_union" || !Array.isArray(detail.errors)) return [own];
    const branches = detail.errors as StandardSchemaV1.Issue[][];
    const fitting = branches.filter(
      (branch) => !branch.some(({ path: at = [], ...rest }) => at.length === 0 && !("keys" in rest)),
    );
    const [only, ...more] = fitting.length > 0 ? fitting : branches;
    if (only !== undefined && more.length === 0) return flatten(only, path);
    const messages = branches.flatMap((branch) => flatten(branch, path)).map((each) => words(each.message));
    return [{ ...own, message: messages.length === 0 ? own.message : [...new Set(messages)].join(", or ") }];
  });
}

function tell({ path, message, detail }: FlatIssue, input: unknown, known: JsonSchema): Problem[] {
  if (Array.isArray(detail.keys)) {
    return detail.keys.map(String).map((key) => unknownKey([...path, key], keysAt(known, path)));
  }
  const value = valueAt(input, path);
  if (detail.code === "invalid_key") return [unknownKey(path, keysAt(known, path.slice(0, -1)))];
  if (typeof detail.discriminator === "string") return [unknownVariant(path, value, known)];
  if (value === undefined && /undefined|required/i.test(message))
    return [problem("invalid_value", path, "is missing")];
  if (Array.isArray(detail.values)) {
    const names = detail.values.map(String);
    const near = typeof value === "string" ? suggestName(value, names) : `; known: ${names.join(", ")}`;
    return [problem("invalid_value", path, `is none of the values that are possible${near}`)];
  }
  return [problem("invalid_value", path, words(message))];
}

/** Of a union by a member such as `type`: what is possible there. */
function unknownVariant(path: Path, value: unknown, known: JsonSchema): Problem {
  const names = schemasAt(known, path).flatMap((each) =>
    isPlainObject(each) && "const" in each ? [String(each.const)] : [],
  );
  if (typeof value === "string")
    return problem(
      "invalid_value",
      path,
      `is none of the values that are possible${suggestName(value, names)}`,
    );
  return problem(
    "invalid_value",
    path,
    `is missing${names.length === 0 ? "" : `; known: ${names.join(", ")}`}`,
  );
}

function unknownKey(path: Path, names: readonly string[]): Problem {
  return problem("unknown_key", path, `is not known here${suggestName(String(path.at(-1)), names)}`);
}

function words(message: string): string {
  return message.replace(/^(Invalid input: |Too (big|small): )/, "");
}

function keyOf(segment: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "symbol" ? String(key) : key;
}

function literal(text: unknown): unknown {
  if (typeof text !== "string") return text;
  if (text === "true" || text === "false") return text === "true";
  if (text === "null") return null;
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((each) => [JSON.stringify(each), each])).values()];
}
