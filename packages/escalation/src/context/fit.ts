import type { Json, JsonObject } from "@hybrid-orchestrator/core";

/** A text of at most so many characters. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  if (maxLength <= 0) return "";
  const cut = text.slice(0, maxLength - 1).replace(/\p{Surrogate}$/u, "");
  return `${withoutBeginningOfNumber(cut)}…`;
}

/** The beginning of a card's number is not known for one any more, so none is left where a text is cut. */
function withoutBeginningOfNumber(text: string): string {
  const tail = text.slice(-40);
  const number = /(?:[A-Za-z]{2})?\d[\dA-Za-z -]*$/.exec(tail);
  if (number === null || number[0].replaceAll(/\D/g, "").length < 5) return text;
  return text.slice(0, text.length - tail.length + number.index);
}

export interface Fitted<Value extends Json = Json> {
  readonly value: Value;
  readonly cut: boolean;
}

/** A value whose JSON text has about so many characters at most: texts are cut, and members that find no room go. */
export function fit(value: Json, maxLength: number): Fitted {
  if (lengthOf(value) <= maxLength) return { value, cut: false };
  if (typeof value === "string") return { value: cutText(value, maxLength), cut: true };
  if (typeof value !== "object" || value === null) return { value: null, cut: true };
  if (!Array.isArray(value)) return fitObject(value as JsonObject, maxLength);
  const items: Json[] = [];
  let room = maxLength;
  for (const item of value as readonly Json[]) {
    const fitted = fit(item, room).value;
    room -= lengthOf(fitted) + 1;
    if (room < 0) break;
    items.push(fitted);
  }
  return { value: items, cut: true };
}

/** @see fit */
export function fitObject(value: JsonObject, maxLength: number): Fitted<JsonObject> {
  if (lengthOf(value) <= maxLength) return { value, cut: false };
  const members: [string, Json][] = [];
  let room = maxLength;
  for (const [key, member] of Object.entries(value)) {
    const rest = room - key.length - 4;
    if (rest < 8) continue;
    const fitted = fit(member, rest).value;
    room = rest - lengthOf(fitted);
    if (room < 0) break;
    members.push([key, fitted]);
  }
  return { value: Object.fromEntries(members), cut: true };
}

function lengthOf(value: Json): number {
  return JSON.stringify(value).length;
}
