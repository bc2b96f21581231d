/** Finds a text where it stands as whole words, so that "as an AI" is not found in "was an aid". */
export function standingAlone(text: string, flags: string): RegExp {
  const source = text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}])${source}(?![\\p{L}\\p{N}])`, flags);
}

/** A text on one line, of a bounded length. */
export function oneLine(text: string, maxLength: number): string {
  return ended(text.replace(/[\s\p{Cc}]+/gu, " ").trim(), maxLength);
}

/** At most so many UTF-16 units of a text, with a mark where some are missing. */
export function ended(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}
