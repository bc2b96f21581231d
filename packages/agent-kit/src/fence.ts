import { randomBytes } from "node:crypto";
import type { Json } from "@hybrid-orchestrator/core";

const marker = /<\/?data-[0-9a-f]{16}\b/;

/**
 * A value as a model may read it without following it: as JSON in one line, between two lines that nobody can write who
 * does not know the number in them. It is drawn anew each time.
 */
export function fence(name: string, value: Json): string {
  const tag = `data-${randomBytes(8).toString("hex")}`;
  return `<${tag} name=${JSON.stringify(name)}>\n${JSON.stringify(value)}\n</${tag}>`;
}

/** Whether a text holds such a line: then a model repeats what it was shown. */
export function fencesIn(text: string): boolean {
  return marker.test(text);
}
