import { type Issue, suggestName } from "@hybrid-orchestrator/core";
import { isObject } from "../json-tools.js";
import { type Draft, lowerCase } from "./draft.js";
import { triggerKeys } from "./known-keys.js";
import { triggerNames } from "./legacy-names.js";

export interface Defaults {
  readonly maxFiresPerSession: number | null;
  readonly issues: readonly Issue[];
  /** The trigger with the defaults in the places that it leaves open. */
  complete(trigger: object, draft: Draft): object;
}

const own = ["name", "condition", "action"];
const capNames = ["maxFiresPerSession", "max_triggers_per_session"];
// Nothing here polls, so there is nothing to set; a file of the paper may still say it.
const withoutEffect = ["poll_interval", "poll_interval_seconds"];
const allowed = [...triggerKeys.filter((key) => !own.includes(key)), ...capNames];

export function readDefaults(given: unknown): Defaults {
  if (given === undefined || given === null) {
    return { maxFiresPerSession: null, issues: [], complete: (trigger) => trigger };
  }
  if (!isObject(given)) {
    const issues = [{ path: ["defaults"], message: "must be an object" }];
    return { maxFiresPerSession: null, issues, complete: (trigger) => trigger };
  }
  const issues: Issue[] = [];
  const values = new Map<string, { value: unknown; key: string }>();
  let cap: number | null = null;
  for (const [key, value] of Object.entries(given)) {
    const name = Object.hasOwn(triggerNames, key) ? (triggerNames[key] as string) : key;
    if (capNames.includes(key)) cap = readCap(key, value, issues);
    else if (allowed.includes(name))
      values.set(name, { value: name === "status" ? statuses(value) : value, key });
    else if (!withoutEffect.includes(key)) {
      issues.push({ path: ["defaults", key], message: `is not known here${suggestName(key, allowed)}` });
    }
  }
  return {
    maxFiresPerSession: cap,
    issues,
    complete(trigger, draft) {
      const open = [...values].filter(([name]) => !Object.hasOwn(trigger, name));
      for (const [name, { key }] of open) draft.from([name], ["defaults", key]);
      return { ...trigger, ...Object.fromEntries(open.map(([name, { value }]) => [name, value])) };
    },
  };
}

function statuses(value: unknown): unknown {
  return lowerCase(typeof value === "string" ? [value] : value);
}

function readCap(key: string, value: unknown, issues: Issue[]): number | null {
  if (value === null) return null;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  issues.push({
    path: ["defaults", key],
    message: `must be a whole number of firings, not ${JSON.stringify(value)}`,
  });
  return null;
}
