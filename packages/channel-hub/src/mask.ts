const longest = 300;
// Masking looks at no more than this, so that a flood of text costs no time.
const inspected = 4_000;
const uuid = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}";

/**
 * A text from a channel or vendor, made fit for logs and records: one line, at most 300 characters, without e-mail
 * addresses, phone numbers, other long digit strings and anything that looks like a secret. Masks too much rather than
 * too little: a date or a vendor's id may go as well.
 */
export function safeReason(text: string): string {
  const whole = text.length <= inspected ? text : upToLastSpace(text.slice(0, inspected));
  const masked = whole
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .replace(/[^\s<>"'(),;:@]{1,64}@[^\s<>"'(),;:@]{1,255}/gu, "[email]")
    .replace(/\b(bearer|basic)\s+\S+/giu, "$1 [secret]")
    .replace(
      /\b([\w-]*(?:password|passwd|secret|token|api[_-]?key|authorization)["']?\s*[=:]\s*["']?)(?!\[|(?:bearer|basic) )[^\s"',;&]+/giu,
      "$1[secret]",
    )
    .replace(/\b(?:ses|sk|pk|whsec|xox[a-z]|gh[a-z])[_-][\w-]{6,}/gu, "[secret]")
    // UUIDs are ids of ours and stay.
    .replace(new RegExp(`${uuid}|\\+?\\d(?:[\\s().-]{0,3}\\d){6,}`, "giu"), (found) =>
      isUuid(found) ? found : "[number]",
    )
    // A word of 20 or more letters and digits mixed: a key, a signature, a session cookie.
    .replace(/[\w+=-]{20,}/gu, (word) =>
      /\d/.test(word) && /[a-z]/i.test(word) && !isUuid(word) ? "[secret]" : word,
    )
    .trim();
  return masked.length <= longest ? masked : `${masked.slice(0, longest - 3)}...`;
}

function isUuid(word: string): boolean {
  return new RegExp(`^${uuid}$`, "i").test(word);
}

function upToLastSpace(text: string): string {
  const end = text.lastIndexOf(" ");
  return end === -1 ? "a long text without spaces" : text.slice(0, end);
}
