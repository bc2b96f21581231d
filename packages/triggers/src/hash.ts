import { createHash } from "node:crypto";
import { canonicalText, type Json } from "@hybrid-orchestrator/core";
import type { Rule } from "./compile.js";

/** Part of every hash: a change in the meaning of rules or in the form of their state makes older checkpoints void. */
const engineVersion = 1;

export function hashRules(rules: readonly Rule[], maxFiresPerSession: number | null): string {
  const definitions = rules.map(({ trigger, conditions }) => [
    plain(trigger),
    conditions.map((condition) => (condition.type === "custom" ? plain(condition.evaluate) : null)),
  ]);
  const text = canonicalText([engineVersion, maxFiresPerSession, definitions]);
  // 132 of the 256 bits: it stands in every session's row and in an index over them.
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

/** A definition as JSON: functions by their source text, members that are undefined left out. */
function plain(value: unknown): Json {
  if (typeof value === "function") return { function: String(value) };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value as Json;
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(members.map(([key, item]) => [key, plain(item)]));
}
