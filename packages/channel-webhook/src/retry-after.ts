/** Longer is not believed: every delivery's deadline comes sooner, and a bad clock can say anything. */
const longestMs = 24 * 60 * 60_000;

/**
 * How long an answer asks to wait: seconds, or until a date (RFC 9110, 10.2.3). Undefined when it says nothing that can
 * be read.
 */
export function readRetryAfter(
  header: string | readonly string[] | undefined,
  now: number,
): number | undefined {
  const text = (typeof header === "string" ? header : header?.[0])?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, longestMs);
  // Without GMT it would be read in this machine's time zone.
  const at = /^[A-Z][a-z]+, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - now, 0), longestMs);
}
