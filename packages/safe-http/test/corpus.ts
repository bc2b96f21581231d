import { readFileSync } from "node:fs";

interface Corpus {
  readonly refused: readonly string[];
  readonly accepted: readonly string[];
  readonly refusedAddresses: readonly string[];
  readonly acceptedAddresses: readonly string[];
}

export const corpus = JSON.parse(
  readFileSync(new URL("../corpus/ssrf-urls.json", import.meta.url), "utf8"),
) as Corpus;

/** For the title of a test: what cannot be seen, too. */
export const shown = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
