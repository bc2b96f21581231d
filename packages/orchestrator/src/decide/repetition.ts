/** Two texts are the same thing said twice when they share so much of their words. */
const alike = 0.8;

/**
 * Whether `text` has been said as often as it may be already: word for word, or nearly so, since models rephrase. `said`
 * is what was said last.
 */
export function isRepetition(said: readonly string[], text: string, maxRepeats: number): boolean {
  const words = wordsOf(text);
  return said.filter((other) => overlap(wordsOf(other), words) >= alike).length >= maxRepeats;
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text]);
}

/** Of Sørensen and Dice: twice what they share, over what both have. */
function overlap(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return (2 * shared) / (a.size + b.size);
}
