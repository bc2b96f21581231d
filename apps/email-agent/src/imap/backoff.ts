/** How long to wait after so many failures in a row: full jitter over 1 s, 2 s, 4 s … up to a minute. */
export function backoffMs(failures: number, random: () => number): number {
  const longest = Math.min(60_000, 1_000 * 2 ** Math.min(failures - 1, 10));
  return Math.round(random() * longest);
}
