import type { Json } from "./json.js";

/** Words that make a field private wherever they stand in its name, also inside another word. */
const telling =
  /passw(or)?d|passphrase|passcode|secret|credential|cardn(umber|o)|creditcard|debitcard|socialsec|nationalid|taxid|taxpayer|accountn(umber|o)|routingn(umber|o)|sortcode|passport|driver(s)?licen[cs]e|securitycode|verificationcode|apikey|privatekey|biometric|authorization|cookie/;

/** Words that do so only where they stand alone, or begin or end another: `userssn`, `ssn2`, but not `businessName`. */
const edges = /^(ssn|cvv|cvc|iban)|(ssn|cvv|cvc|iban|token)$/;

/** Words that are too common inside others. */
const alone = new Set([
  "card",
  "cc",
  "pin",
  "pwd",
  "otp",
  "tan",
  "token",
  "ein",
  "itin",
  "nin",
  "sin",
  "bic",
  "csc",
]);

/** Whether a field's id or label says that its value is nobody's business. Masks too much rather than too little. */
export function isPrivateName(name: string): boolean {
  const words = name
    .slice(0, 400)
    .replaceAll(/(\p{Ll}|\d)(?=\p{Lu})|(\p{L})(?=\d)/gu, "$& ")
    .toLowerCase()
    .split(/[^\p{L}\d]+/u);
  return telling.test(words.join("")) || words.some((word) => alone.has(word) || edges.test(word));
}

/** Whether a value holds, at any depth, a payment card's number, a U.S. social security number or an IBAN. */
export function isPrivateValue(value: Json): boolean {
  if (typeof value === "string") return isPrivateText(value);
  if (typeof value === "number") return isPrivateText(String(value));
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value)
    ? value.some(isPrivateValue)
    : Object.entries(value).some(([key, member]) => isPrivateName(key) || isPrivateValue(member));
}

/** Whether a text holds a payment card's number, a U.S. social security number or an IBAN. */
export function isPrivateText(text: string): boolean {
  return privateNumbers.some(({ pattern, fits }) =>
    [...text.matchAll(pattern)].some(([found]) => fits === undefined || fits(found)),
  );
}

interface PrivateNumber {
  readonly pattern: RegExp;
  /** What the pattern cannot say. */
  readonly fits?: (found: string) => boolean;
}

/** Numbers that are nobody's business wherever they stand. */
export const privateNumbers: readonly PrivateNumber[] = [
  { pattern: /(?<!\d)\d{3}[- ]\d{2}[- ]\d{4}(?!\d)/g },
  { pattern: /(?<![A-Z\d])[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){3,7}(?: ?[A-Z\d]{1,3})?(?![A-Z\d])/gi },
  { pattern: /(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g, fits: passesLuhn },
];

// The check digit of payment cards, ISO/IEC 7812-1.
function passesLuhn(text: string): boolean {
  const digits = text.replaceAll(/\D/g, "");
  let sum = 0;
  for (let place = 1; place <= digits.length; place++) {
    const digit = Number(digits.at(-place));
    sum += place % 2 === 1 ? digit : digit < 5 ? digit * 2 : digit * 2 - 9;
  }
  return sum % 10 === 0;
}
