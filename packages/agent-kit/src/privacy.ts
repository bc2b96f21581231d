import {
  type AgentInput,
  compileGlob,
  isPrivateName,
  type Json,
  type JsonObject,
  maskText,
  parseJson,
} from "@hybrid-orchestrator/core";
import { standingAlone } from "./words.js";

/** What stands for a value that was kept back. */
export const hiddenMark = "••••";

/** Takes out of anything that a model is to be given what is nobody's business. */
export interface Privacy {
  json(value: Json): Json;
  text(text: string): string;
}

/** Members that name the field that an object is about, for certain and where a value stands beside them. */
const fieldMembers = ["fieldId", "field_id", "field", "fieldName", "field_name"];
const namingMembers = ["id", "name", "label", "key"];
const valueMembers =
  /^(?:(?:old|new|previous|current|raw|last|first)_?)?(?:value|text|input|content|entry|answer)s?$|^(?:before|after|from|to)$/i;
/** What may be told of a private field: that it is one, and what was said about it. */
const harmlessMembers =
  /^(?:type|kind|event|action|page|screen|step|stage|section|attempts?|times|count|at|reason|error|message)$/;

type Standing = "plain" | "hidden" | "allowed";
type Leaf = (value: string | number, standing: Standing) => Json;

/**
 * What is private in a session, by core's one definition (names of members and fields, card and account numbers, keys,
 * passwords), and besides: telephone numbers in international form, the recipient's addresses, and each private value
 * wherever else it is repeated. `allowedFields` are globs of names whose values are shown as they are.
 */
export function privacyOf(
  { session, activities, context }: Pick<AgentInput, "session" | "activities" | "context">,
  allowedFields: readonly string[] = [],
): Privacy {
  const globs = allowedFields.map(compileGlob);
  const isAllowed = (name: string): boolean => globs.some((matches) => matches(name));
  const walk = walker(isAllowed);

  const found = new Set<string>();
  const keep = (value: string | number, standing: Standing): Json => {
    const text = String(value).trim();
    if (standing === "hidden" && text.length >= (/^\d+$/.test(text) ? 3 : 4)) found.add(text);
    return null;
  };
  for (const { data } of activities) walk(data, "plain", keep);
  walk(session.metadata, "plain", keep);
  walk(context, "plain", keep);
  const { phone, email, slackId, addresses = {} } = session.recipient ?? {};
  for (const address of [phone, email, slackId, ...Object.values(addresses)])
    if (address !== undefined) keep(address, "hidden");
  // A value within a longer one must not break it up before it is found.
  const known = [...found].sort((one, other) => other.length - one.length);

  function text(given: string): string {
    const once = withoutKnown(given, known).slice(0, longestText);
    const masked = maskText(once)
      .replace(phoneLike, (number) => `${hiddenMark}${number.replace(/\D/g, "").slice(-2)}`)
      .replace(pairLike, (whole, name: string, between: string) =>
        isPrivateName(name) && !isAllowed(name) ? `${name}${between}${hiddenMark}` : whole,
      );
    return masked === once ? once : withoutKnown(masked, known);
  }

  const show: Leaf = (value, standing) => {
    if (standing === "allowed") return value;
    if (standing === "hidden") return hidden(String(value));
    const shown = text(String(value));
    return shown === String(value) ? value : shown;
  };
  return { text, json: (value) => walk(value, "plain", show) };
}

/** More of one text is never shown, and what breaks off within a secret is cut away later. */
const longestText = 40_000;

// Grouped as people write them, but no more than two separators at a time.
const phoneLike = /(?<![\p{L}\p{N}])\+\d(?:[ ()./-]{0,2}\d){6,14}(?!\d)/gu;
const pairLike = /(?<![\p{L}\p{N}_.-])(\p{L}[\p{L}\p{N}_.-]{1,60})(["']?\s?[:=]\s?["']?)[^\s"',;&]+/gu;

/** One way through a value, for finding what is private and for hiding it, so that the two never differ. */
function walker(isAllowed: (name: string) => boolean) {
  return function walk(value: Json, standing: Standing, leaf: Leaf): Json {
    if (typeof value === "string") {
      const inner = standing === "plain" ? jsonWithin(value) : undefined;
      return leaf(inner === undefined ? value : JSON.stringify(walk(inner, standing, leaf)), standing);
    }
    if (typeof value === "number") return leaf(value, standing);
    if (typeof value !== "object" || value === null) return value;
    const isHidden = standing === "hidden";
    if (Array.isArray(value)) {
      const items = value.map((item: Json) => walk(item, standing, leaf));
      return isHidden && items.length > 0 ? hiddenMark : items;
    }
    const object = value as JsonObject;
    const field = fieldStanding(object, isAllowed);
    const members = Object.entries(object).map(([name, member]): [string, Json] => {
      const its = standing === "plain" ? memberStanding([name, member], field, isAllowed) : standing;
      return [standing === "plain" ? String(leaf(name, "plain")) : name, walk(member, its, leaf)];
    });
    // The names of members may be values themselves.
    return isHidden && members.length > 0 ? hiddenMark : Object.fromEntries(members);
  };
}

function memberStanding(
  [name, member]: readonly [string, Json],
  field: Standing,
  isAllowed: (name: string) => boolean,
): Standing {
  if (isAllowed(name)) return "allowed";
  if (isPrivateName(name)) return "hidden";
  const tells = fieldMembers.includes(name) || namingMembers.includes(name) || harmlessMembers.test(name);
  return tells && typeof member !== "object" ? "plain" : field;
}

/** How the value of the field that an object is about stands; plain where it is about none. */
function fieldStanding(object: JsonObject, isAllowed: (name: string) => boolean): Standing {
  const hasValue = Object.keys(object).some((name) => valueMembers.test(name));
  const names = [...fieldMembers, ...(hasValue ? namingMembers : [])].flatMap((member) => {
    const name = Object.hasOwn(object, member) ? object[member] : undefined;
    return typeof name === "string" ? [name] : [];
  });
  if (names.some(isAllowed)) return "allowed";
  return names.some(isPrivateName) ? "hidden" : "plain";
}

/** Of a number its length is told: an agent that guides through a form needs it. Of a password nothing. */
function hidden(text: string): string {
  if (text === "") return text;
  const digits = /^[\d\s./-]+$/.test(text) ? text.replace(/\D/g, "").length : 0;
  return digits === 0 ? hiddenMark : `${hiddenMark} (${digits} ${digits === 1 ? "digit" : "digits"})`;
}

function jsonWithin(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  const value = parseJson(text);
  return typeof value === "object" && value !== null ? (value as Json) : undefined;
}

function withoutKnown(text: string, known: readonly string[]): string {
  let result = text;
  for (const value of known) {
    if (!result.includes(value)) continue;
    // Short ones stand inside other words and numbers by chance.
    result =
      value.length >= 6
        ? result.replaceAll(value, hiddenMark)
        : result.replace(standingAlone(value, "gu"), hiddenMark);
  }
  return result;
}
