/** How long to wait after so many failures in a row: full jitter over 1 s, 2 s, 4 s … up to a minute, or from `firstMs` on. */
export function backoffMs(failures: number, random: () => number, firstMs = 1_000): number {
  const longest = Math.min(60_000, firstMs * 2 ** Math.min(failures - 1, 10));
  return Math.round(random() * longest);
}
