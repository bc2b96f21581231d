import { type Issue, suggestName, type Trigger } from "@hybrid-orchestrator/core";
import { isObject } from "../json-tools.js";
import { convertTrigger } from "./convert.js";
import { readDefaults } from "./defaults.js";
import { Draft } from "./draft.js";
import { type Path, refuse } from "./issues.js";
import { checkTrigger } from "./parse-trigger.js";
import { readText } from "./read-text.js";

export interface ParseTriggersOptions {
  /** Of a text. Default: YAML, of which JSON is a part. */
  readonly format?: "yaml" | "json";
}

export interface ParsedTriggers {
  readonly triggers: Trigger[];
  /** How often all of them together may fire in one session; null: any number. */
  readonly maxFiresPerSession: number | null;
}

/**
 * Reads a trigger file: a list, or `{ defaults?, triggers }`, as text or as an object, in our own form or in one of
 * the two older ones. `apps/docs/triggers.md` has them all.
 *
 * @throws OrchestratorError `invalid_trigger`; its `issues` name every mistake with its path as it was written.
 */
export function parseTriggers(source: unknown, options: ParseTriggersOptions = {}): ParsedTriggers {
  const file = typeof source === "string" ? readText(source, options.format ?? "yaml") : source;
  const { list, path, issues, defaults: given } = openFile(file);
  const defaults = readDefaults(given);
  issues.push(...defaults.issues);
  const triggers: Trigger[] = [];
  const names = new Map<string, Path>();
  list.forEach((raw, index) => {
    const place = [...path, index];
    const draft = new Draft(place);
    const converted = convertTrigger(raw, place, draft);
    const nameIssue = claimName(converted, place, names);
    const complete = isObject(converted) ? defaults.complete(converted, draft) : converted;
    const checked = checkTrigger({ value: complete, older: true });
    issues.push(...draft.issues, ...nameIssue);
    if (checked.ok) triggers.push(checked.trigger);
    else issues.push(...checked.issues.map((issue) => ({ ...issue, path: draft.toSource(issue.path) })));
  });
  if (issues.length > 0) refuse(unique(issues));
  return { triggers, maxFiresPerSession: defaults.maxFiresPerSession };
}

interface OpenFile {
  readonly list: readonly unknown[];
  readonly path: Path;
  readonly defaults: unknown;
  readonly issues: Issue[];
}

function openFile(file: unknown): OpenFile {
  if (Array.isArray(file)) return { list: file, path: [], defaults: undefined, issues: [] };
  if (!isObject(file) || !Array.isArray(file.triggers)) {
    return refuse([
      { path: [], message: "A file must be a list of triggers, or an object with a list under triggers" },
    ]);
  }
  const { triggers, defaults, ...others } = file as { readonly [key: string]: unknown };
  const issues = Object.keys(others).map((key) => ({
    path: [key],
    message: `is not known here${suggestName(key, ["defaults", "triggers"])}`,
  }));
  return { list: triggers as unknown[], path: ["triggers"], defaults, issues };
}

function claimName(converted: unknown, place: Path, names: Map<string, Path>): Issue[] {
  const name: unknown = isObject(converted) ? converted.name : undefined;
  if (typeof name !== "string") return [];
  const first = names.get(name);
  if (first === undefined) {
    names.set(name, place);
    return [];
  }
  return [
    { path: [...place, "name"], message: `${name} is the name of trigger ${String(first.at(-1))} already` },
  ];
}

/** A mistake in the defaults is found in each trigger that takes them. */
function unique(issues: readonly Issue[]): Issue[] {
  return [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()];
}
