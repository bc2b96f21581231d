import type { Json } from "@hybrid-orchestrator/core";

/** The elements that data stands in. Their text holds no `<`, so nothing in it can end or forge one. */
const fenceNames = ["session_data", "tool_data", "human_note"] as const;
export type FenceName = (typeof fenceNames)[number];

// Besides the brackets, whatever is not seen: controls, zero-width and bidirectional characters, tags, private use,
// line separators and variation selectors, all of which have carried hidden instructions.
const unsafe = /[<>&]|\p{Cc}|\p{Cf}|\p{Co}|\p{Zl}|\p{Zp}|\p{Variation_Selector}/gu;

/** JSON on one line, of which nothing can be mistaken for anything but JSON. */
export function fencedJson(value: Json): string {
  return JSON.stringify(value).replace(unsafe, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

/**
 * Data between the marks of an element of that name. The marks are the same each time, so that what is sent to a model
 * can be read from its vendor's cache.
 */
export function fenced(value: Json, name: FenceName): string {
  return `<${name}>\n${fencedJson(value)}\n</${name}>`;
}

/** Whether a text names such a mark: then a model repeats what it was shown. */
export function fencesIn(text: string): boolean {
  return fenceNames.some((name) => text.includes(name));
}
