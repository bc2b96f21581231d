// What the channel writes itself, and what belongs to the connection.
const reserved = new Set([
  "connection",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "webhook-id",
  "webhook-signature",
  "webhook-timestamp",
]);

/** What is wrong with a header of the configuration, without its value; null when nothing is. */
export function checkHeader(name: string, value: string): string | null {
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) return "is no name of a header";
  if (reserved.has(name.toLowerCase())) return "is set by the channel or the connection";
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)
    ? null
    : "holds a character that headers cannot have";
}
