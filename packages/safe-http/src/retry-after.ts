/**
 * How long the header Retry-After asks to wait, in milliseconds: seconds, or until a date (RFC 9110, 10.2.3). Undefined
 * when it says nothing that can be read. It may say anything: whoever has a longest wait sets it.
 */
export function readRetryAfter(
  header: string | readonly string[] | undefined,
  now: number,
): number | undefined {
  const text = (typeof header === "string" ? header : header?.[0])?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, Number.MAX_SAFE_INTEGER);
  // Without GMT it would be read in this machine's time zone.
  const at = /^[A-Z][a-z]+, .* GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(at - now, 0);
}
