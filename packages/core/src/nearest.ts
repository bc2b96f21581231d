/**
 * `; did you mean NAME?` where a name is close enough to have been meant, else the list of names. Those of `others`
 * are understood as well, and not advertised.
 */
export function suggestName(name: string, names: readonly string[], others: readonly string[] = []): string {
  const ranked = [...names, ...others].map((known) => ({
    known,
    distance: distance(fold(name), fold(known)),
  }));
  const [best] = ranked.sort((a, b) => a.distance - b.distance);
  if (best !== undefined && best.distance <= Math.max(2, name.length / 3))
    return `; did you mean ${best.known}?`;
  return names.length === 0 ? "" : `; known: ${[...names].sort().join(", ")}`;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[_\- ]/g, "");
}

/** How many letters must be added, removed or replaced to turn one word into the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
