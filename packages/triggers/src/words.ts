/** A span in milliseconds, as seconds: `90 s`, `0.5 s`. */
export function span(ms: number): string {
  return `${Math.round(ms) / 1_000} s`;
}

export function instant(at: number): string {
  return new Date(at).toISOString();
}

export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}

export function list(words: readonly string[], last: "and" | "or"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** Whole milliseconds, the unit of all times. Never 0 for what is not 0. */
export function toMs(seconds: number): number {
  return seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1_000));
}
