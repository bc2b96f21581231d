/** Without what neither a mail nor a database can hold: half a surrogate pair, and U+0000. */
export function storable(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd").replaceAll("\0", "");
}
