/** Milliseconds to wait before try number `tries + 1`: 1 s, 2 s, 4 s, … up to a minute, each with full jitter. */
export function backoffMs(tries: number, random: number): number {
  return Math.round(random * Math.min(60_000, 1_000 * 2 ** Math.max(tries - 1, 0)));
}
