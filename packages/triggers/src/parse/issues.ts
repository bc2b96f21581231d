import { type Issue, OrchestratorError, suggestName } from "@hybrid-orchestrator/core";
import type { z } from "zod";
import { isObject } from "../json-tools.js";
import { actionKeys, conditionKeys, keysAt, olderKeysAt } from "./known-keys.js";

export type Path = readonly (string | number)[];

/** @throws always: OrchestratorError `invalid_trigger` with every mistake. */
export function refuse(issues: readonly Issue[]): never {
  const texts = issues.map(({ path, message }) =>
    path.length === 0 ? message : `${tellPath(path)}: ${message}`,
  );
  const subject =
    issues.length === 1
      ? "A trigger definition has a mistake"
      : `The trigger definitions have ${issues.length} mistakes`;
  throw new OrchestratorError("invalid_trigger", `${subject}. ${texts.join("; ")}`, { issues });
}

/** `[2].condition.seconds` */
function tellPath(path: Path): string {
  return path
    .map((key, place) => (typeof key === "number" ? `[${key}]` : place === 0 ? key : `.${key}`))
    .join("");
}

/** What the schema was given; `older`: made from a form with names of its own. */
export interface Given {
  readonly value: unknown;
  readonly older: boolean;
}

/** What the schema found wrong in one trigger, in words for whoever wrote it. */
export function tellIssues(error: z.ZodError, given: Given): Issue[] {
  return error.issues.flatMap((issue) => tellIssue(issue, [], given));
}

type SchemaIssue = z.core.$ZodIssue;

function tellIssue(issue: SchemaIssue, before: Path, given: Given): Issue[] {
  const path = [...before, ...issue.path.map((key) => (typeof key === "symbol" ? String(key) : key))];
  const value = valueAt(given.value, path);
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: `is not known here${suggestName(key, keysAt(path, value), given.older ? olderKeysAt(path, value) : [])}`,
      }));
    case "invalid_union":
      return tellUnion(issue, path, given);
    case "invalid_type":
      return [{ path, message: tellType(issue.expected, value) }];
    case "invalid_value":
      return [{ path, message: `${tellValue(value)} is not one of ${issue.values.map(String).join(", ")}` }];
    case "too_small":
      return [
        {
          path,
          message: `${tellSize(value)}must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`,
        },
      ];
    case "too_big":
      return [
        {
          path,
          message: `${tellSize(value)}must be ${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`,
        },
      ];
    default:
      return [{ path, message: value === undefined ? "is missing" : issue.message }];
  }
}

function tellUnion(
  issue: Extract<SchemaIssue, { code: "invalid_union" }>,
  path: Path,
  given: Given,
): Issue[] {
  const value = valueAt(given.value, path);
  if (value === undefined) return [{ path, message: "is missing" }];
  if ("discriminator" in issue && issue.discriminator === "type") {
    const types = [...(path[0] === "action" ? actionKeys : conditionKeys).keys()];
    const name = typeof value === "string" ? value : "";
    return [{ path, message: `${tellValue(value)} is no known type${suggestName(name, types)}` }];
  }
  // The variant that fits the value's own shape tells what is wrong with it; the others only say that they differ.
  const fitting = issue.errors.filter(
    (errors) => !errors.some((error) => error.path.length === 0 && error.code !== "unrecognized_keys"),
  );
  const [only, ...more] = fitting;
  if (only !== undefined && more.length === 0) return only.flatMap((error) => tellIssue(error, path, given));
  const texts = issue.errors.flatMap((errors) => errors.flatMap((error) => tellIssue(error, path, given)));
  return [{ path, message: [...new Set(texts.map(({ message }) => message))].join(", or ") }];
}

function tellType(expected: string, value: unknown): string {
  if (value === undefined) return "is missing";
  if (expected === "number" && typeof value === "string") {
    return `must be a number, not the text ${tellValue(value)}; write durations in seconds, without quotes`;
  }
  return `must be ${expected === "array" || expected === "object" ? "an" : "a"} ${expected}, not ${tellValue(value)}`;
}

function tellSize(value: unknown): string {
  return typeof value === "number"
    ? `is ${value} and `
    : Array.isArray(value)
      ? "the number of items "
      : "the length ";
}

function tellValue(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value) && typeof key === "number") return value[key];
    return isObject(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
  }, input);
}
