import type { Json, JsonObject } from "./json.js";
import { isPrivateName, isPrivateText, privateNumbers } from "./private.js";

const blank = "••••";
const alreadyMasked = /^••••[\p{L}\d]{0,4}$/u;

/**
 * What opens a door wherever it stands: keys, tokens, and what follows the word password. A group `before` stays.
 * Prefixes as GitHub, AWS, Slack, Stripe and OpenAI document theirs; a JSON Web Token is three parts in base64url.
 */
const secrets: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g,
  /(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]{5,}/g,
  /(?<![\w-])(?:gh[a-z]_|github_pat_|glpat-|xox[a-z]-|whsec_|ses_|(?:sk|pk|rk)[-_])[\w-]{12,}/g,
  /(?<![A-Z\d])(?:AKIA|ASIA)[A-Z\d]{16}(?![A-Z\d])/g,
  /(?<before>\bbearer\s+)[\w.~+/=-]{8,}/gi,
  /(?<before>(?<!\p{L})(?:password|passwort|kennwort|passcode|pin|tan|cvv|cvc|api[ _-]?key)(?:\s+(?:is|ist|lautet)\s+|\s?[:=]\s?))["']?[^\s"',;]+/giu,
];

/**
 * The text without what is nobody's business: of payment cards' numbers, U.S. social security numbers and IBANs the
 * last four characters are left, of passwords, keys and tokens nothing. Hides too much rather than too little.
 */
export function maskText(text: string): string {
  let masked = text;
  for (const secret of secrets)
    masked = masked.replace(secret, (...found) => {
      const groups: unknown = found.at(-1);
      return `${typeof groups === "object" ? (groups as { before: string }).before : ""}${blank}`;
    });
  for (const { pattern, fits } of privateNumbers)
    masked = masked.replace(pattern, (found) =>
      fits === undefined || fits(found) ? maskPrivate(found) : found,
    );
  return masked;
}

/**
 * A private value as it may be shown: its last four characters where it is a number long enough for them to say
 * little, else none of it.
 */
export function maskPrivate(value: string): string {
  if (alreadyMasked.test(value)) return value;
  const characters = value.replaceAll(/[^\p{L}\d]/gu, "");
  const digits = characters.replaceAll(/\D/g, "").length;
  return digits >= 8 && digits * 2 > characters.length ? `${blank}${characters.slice(-4)}` : blank;
}

/**
 * A copy in which every text is masked, and every member whose name says that it is private: fit to be kept in a log
 * that many can read.
 */
export function maskJson<Value extends Json>(value: Value): Value {
  return mask(value, false) as Value;
}

function mask(value: Json, hidden: boolean): Json {
  if (typeof value === "string") return value === "" ? value : hidden ? maskPrivate(value) : maskText(value);
  if (typeof value === "number") {
    const text = String(value);
    return hidden || isPrivateText(text) ? maskPrivate(text) : value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => mask(item, hidden));
  const masked = Object.entries(value as JsonObject).map(([key, member]) => [
    key,
    mask(member, hidden || isPrivateName(key)),
  ]);
  return Object.fromEntries(masked) as JsonObject;
}
