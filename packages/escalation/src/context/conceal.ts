import {
  fieldIdOf,
  isPrivateName,
  type Json,
  type JsonObject,
  maskPrivate,
  maskText,
} from "@hybrid-orchestrator/core";
import type { ContextPackage } from "./package.js";

/** Hides what is private in texts and values of one context package. */
export interface Concealer {
  readonly text: (text: string) => string;
  readonly json: <Value extends Json>(value: Value) => Value;
  /** A value of which nothing but the last characters of a number is left. */
  readonly hidden: (value: Json) => Json;
  /** Whether a field or member of this name is private. */
  readonly isPrivate: (name: string) => boolean;
}

const mostKnown = 500;

/**
 * Besides what says by itself that it is private, it hides the values of private fields wherever else they stand: in what
 * an agent reasoned, in what the user wrote. Those of fewer than 3 characters, and words of fewer than 6 letters, are
 * hidden in their field alone: they stand in every text.
 */
export function concealerOf(context: ContextPackage): Concealer {
  const privateIds = new Set(context.fields.filter((field) => field.private).map(({ id }) => id));
  // Names and short texts come again and again, and looking at one costs a dozen regular expressions.
  const isPrivate = remembered((name: string) => privateIds.has(name) || isPrivateName(name));
  const known = patternsOf(privateValues(context, isPrivate));
  const text = remembered((value: string) => {
    let shown = value;
    for (const pattern of known) shown = shown.replace(pattern, blank);
    return maskText(shown);
  });
  const walk = (value: Json, isHidden: boolean): Json => {
    if (typeof value === "string") return value === "" ? value : isHidden ? maskPrivate(value) : text(value);
    if (typeof value === "number") {
      if (isHidden) return maskPrivate(String(value));
      const shown = text(String(value));
      return shown === String(value) ? value : shown;
    }
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => walk(item, isHidden));
    return Object.fromEntries(
      Object.entries(value as JsonObject).map(([key, member]) => [
        key,
        walk(member, isHidden || isPrivate(key)),
      ]),
    );
  };
  return {
    text,
    json: (value) => walk(value, false) as typeof value,
    hidden: (value) => walk(value, true),
    isPrivate,
  };
}

const blank = "••••";
const mostRemembered = 20_000;
const longestRemembered = 200;

function remembered<Answer>(ask: (text: string) => Answer): (text: string) => Answer {
  const answers = new Map<string, Answer>();
  return (text) => {
    const answer = answers.get(text);
    if (answer !== undefined) return answer;
    const found = ask(text);
    if (text.length <= longestRemembered && answers.size < mostRemembered) answers.set(text, found);
    return found;
  };
}

function privateValues(context: ContextPackage, isPrivate: (name: string) => boolean): readonly string[] {
  const found = new Set<string>();
  const collect = (value: Json | undefined, inPrivate: boolean): void => {
    if (typeof value === "string" || typeof value === "number") {
      if (inPrivate && isTelling(String(value))) found.add(String(value));
    } else if (Array.isArray(value)) for (const item of value as readonly Json[]) collect(item, inPrivate);
    else if (typeof value === "object" && value !== null)
      for (const [key, member] of Object.entries(value)) collect(member, inPrivate || isPrivate(key));
  };
  // The newest last: where there are too many, those count.
  collect(context.user?.metadata, false);
  collect(context.session.metadata, false);
  collect(context.escalation.approval?.args, false);
  for (const attempt of context.tried)
    if (attempt.kind === "tool") {
      collect(attempt.args, isPrivate(attempt.tool));
      collect(attempt.result, false);
    }
  for (const { data } of context.timeline) {
    collect(data, false);
    const id = fieldIdOf(data);
    if (id !== null && isPrivate(id)) collect(data.value, true);
  }
  for (const field of context.fields)
    for (const { value } of [...field.before, { value: field.value }]) collect(value, field.private);
  return [...found].slice(-mostKnown);
}

function isTelling(value: string): boolean {
  const text = value.trim();
  return /^\p{L}*$/u.test(text) ? text.length >= 6 : text.length >= 3;
}

/** Short ones stand for themselves only where they are whole words. Longer ones first: a shorter one may be their part. */
function patternsOf(values: readonly string[]): readonly RegExp[] {
  const sorted = values.map((value) => value.trim()).sort((a, b) => b.length - a.length);
  const long = sorted.filter((value) => value.length >= 6).map(literally);
  const short = sorted.filter((value) => value.length < 6).map(literally);
  return [
    ...(long.length > 0 ? [new RegExp(long.join("|"), "giu")] : []),
    ...(short.length > 0 ? [new RegExp(`(?<![\\p{L}\\d])(?:${short.join("|")})(?![\\p{L}\\d])`, "giu")] : []),
  ];
}

function literally(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
}
