import { isObject } from "../json-tools.js";
import { convertAction } from "./convert-action.js";
import { type Draft, hoistParams, lowerCase, type Member, membersOf } from "./draft.js";
import type { Path } from "./issues.js";
import {
  conditionNames,
  conditionTypes,
  flatActionKeys,
  flatConditionKeys,
  legacyDefaults,
  priorityWords,
  triggerNames,
} from "./legacy-names.js";

/**
 * A trigger in our own form, whichever form it has: ours stays as it is; the nested form of the reference
 * implementation (`params`, `max_fires_per_session`) and the flat one of its paper (`condition_type`) are put into it.
 * What it does not know stays where it is, for the schema to refuse.
 */
export function convertTrigger(raw: unknown, source: Path, draft: Draft): unknown {
  if (!isObject(raw)) return raw;
  const members = membersOf(raw, source);
  const { own, condition, action } = members.some(({ key }) => key === "condition_type")
    ? sortFlat(members)
    : { own: members, condition: null, action: null };
  const words = priorityWord(own);
  const made = own.flatMap((member) => convertMember(member, draft));
  if (words !== null && !made.some(({ key }) => key === "severity"))
    made.push({ ...words, key: "severity", value: words.value.severity });
  if (condition !== null)
    made.push({ key: "condition", value: convertCondition(condition, ["condition"], draft), source });
  if (action !== null) {
    const context = { draft, flat: true, urgency: words?.value.urgency ?? null };
    made.push({ key: "action", value: convertAction(action, ["action"], context), source });
  }
  return draft.object([], made);
}

function convertMember(member: Member, draft: Draft): Member[] {
  const { key, value, source } = member;
  const name = Object.hasOwn(triggerNames, key) ? (triggerNames[key] as string) : key;
  if (name === "condition" && isObject(value)) {
    return [{ ...member, value: convertCondition(membersOf(value, source), ["condition"], draft) }];
  }
  if (name === "action") return [{ ...member, value: convertActions(value, source, draft) }];
  if (name === "status")
    return [{ key: name, value: lowerCase(typeof value === "string" ? [value] : value), source }];
  if (name === "severity") return [{ key: name, value: lowerCase(value), source }];
  if (name === "priority")
    return [{ key: name, value: priorityWord([member])?.value.priority ?? value, source }];
  return [{ key: name, value, source }];
}

function convertActions(value: unknown, source: Path, draft: Draft): unknown {
  const context = { draft, flat: false, urgency: null };
  if (isObject(value)) return convertAction(membersOf(value, source), ["action"], context);
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown, index) =>
    isObject(item) ? convertAction(membersOf(item, [...source, index]), ["action", index], context) : item,
  );
}

/** The flat form keeps everything side by side; its names tell what belongs to what. */
function sortFlat(members: readonly Member[]) {
  const own: Member[] = [];
  const condition: Member[] = [];
  const action: Member[] = [];
  for (const member of members) {
    if (member.key === "condition_type") condition.push({ ...member, key: "type" });
    else if (member.key === "action_type") action.push({ ...member, key: "type" });
    else if (flatConditionKeys.has(member.key)) condition.push(member);
    else if (flatActionKeys.has(member.key)) action.push(member);
    else own.push(member);
  }
  // An empty `params` marks the condition as one of the older forms, which have defaults.
  condition.push({ key: "params", value: {}, source: [] });
  return { own, condition, action };
}

function priorityWord(members: readonly Member[]) {
  const member = members.find(({ key }) => key === "priority");
  const word = typeof member?.value === "string" ? member.value.toLowerCase() : "";
  const value = Object.hasOwn(priorityWords, word) ? priorityWords[word] : undefined;
  return member === undefined || value === undefined ? null : { ...member, value };
}

function convertCondition(given: readonly Member[], path: Path, draft: Draft): unknown {
  const typeMember = given.find(({ key }) => key === "type");
  const named = lowerCase(typeMember?.value);
  const type =
    typeof named === "string" && Object.hasOwn(conditionTypes, named) ? conditionTypes[named] : named;
  // A custom condition has parameters of its own.
  const { members, hasParams } =
    type === "custom" ? { members: [...given], hasParams: false } : hoistParams(given);
  const made = members.map((member): Member => {
    const { key, value, source } = member;
    if (member === typeMember) return { ...member, value: type };
    const name = conditionName(typeof type === "string" ? type : "", key);
    if (name === "conditions" && Array.isArray(value))
      return { ...member, value: convertParts(value, source, [...path, name], draft) };
    if (name === "condition" && isObject(value)) {
      return { ...member, value: convertCondition(membersOf(value, source), [...path, name], draft) };
    }
    const isName = ["status", "to", "from", "actors", "direction"].includes(name);
    return { key: name, value: isName ? lowerCase(value) : value, source };
  });
  if (hasParams && typeof type === "string" && Object.hasOwn(legacyDefaults, type)) {
    const missing = Object.entries(legacyDefaults[type] ?? {}).filter(
      ([key]) => !made.some((member) => member.key === key),
    );
    made.push(...missing.map(([key, value]) => ({ key, value, source: typeMember?.source ?? [] })));
  }
  return draft.object(path, made);
}

function convertParts(parts: readonly unknown[], source: Path, path: Path, draft: Draft): unknown[] {
  return parts.map((part, index) =>
    isObject(part) ? convertCondition(membersOf(part, [...source, index]), [...path, index], draft) : part,
  );
}

function conditionName(type: string, key: string): string {
  for (const names of [conditionNames[type], conditionNames["*"]]) {
    if (names !== undefined && Object.hasOwn(names, key)) return names[key] as string;
  }
  return key;
}
