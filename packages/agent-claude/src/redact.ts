import { fieldIdOf, type JsonObject } from "@hybrid-orchestrator/core";

/** What stands for the value of a field whose name says that it is secret. */
export const redacted = "[redacted]";

const secretNames =
  /passw|passphrase|passcode|^pwd$|secret|token|apikey|authorization|cookie|credential|privatekey|^(pin|otp|cvv2?|cvc2?|csc|cardcode|securitycode)$/;

/** Whether a member or a form field of this name holds what nobody but the user should know. */
function isSecretName(name: string): boolean {
  return secretNames.test(name.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase());
}

const secrets: readonly (readonly [RegExp, string])[] = [
  [/\bses_[\w-]{16,}/g, "[session token]"],
  [/(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g, "[token]"],
  [/\b(?:sk|pk|rk|whsec|xox[abeprs]|xapp|gh[opsur]|github_pat|AKIA)[-_]?[\w-]{16,}/g, "[token]"],
  [/\b(bearer|basic)\s+[\w.~+/-]{12,}=*/gi, "$1 [token]"],
];

// Grouped as people write them, but no more than one separator at a time.
const cardLike = /(?<![\p{L}\p{N}])\d(?:[ .-]?\d){13,18}(?![\p{L}\p{N}])/gu;
const phoneLike = /(?<![\p{L}\p{N}])\+\d(?:[ ()./-]{0,2}\d){6,14}(?!\d)/gu;

/**
 * A text without what no model needs: session tokens, keys, bearer tokens, card numbers and numbers in international
 * form, of which the last digits stay so that they can be told apart.
 */
export function redactText(text: string): string {
  let result = text;
  for (const [pattern, replacement] of secrets) result = result.replace(pattern, replacement);
  return result
    .replace(phoneLike, (number) => `[phone …${lastDigits(number, 2)}]`)
    .replace(cardLike, (number) => (isCardNumber(number) ? `[card …${lastDigits(number, 4)}]` : number));
}

/** The names of members of an activity's data that hold a field's value. */
const valueNames = ["value", "oldValue", "newValue", "previousValue", "old_value", "new_value", "text"];

/** Which members of an object are not to be shown at all: those with secret names, and the value of a secret field. */
export function hiddenMembers(object: JsonObject): ReadonlySet<string> {
  const hidden = new Set(Object.keys(object).filter(isSecretName));
  const field = fieldIdOf(object);
  if (field !== null && isSecretName(field)) for (const name of valueNames) hidden.add(name);
  return hidden;
}

function lastDigits(text: string, count: number): string {
  return text.replace(/\D/g, "").slice(-count);
}

/** By the checksum of ISO/IEC 7812-1, so that an order's number of 16 digits is left alone nine times of ten. */
function isCardNumber(text: string): boolean {
  const digits = [...text.replace(/\D/g, "")].map(Number).reverse();
  const sum = digits.reduce((total, digit, index) => {
    const weighted = index % 2 === 0 ? digit : digit * 2;
    return total + (weighted > 9 ? weighted - 9 : weighted);
  }, 0);
  return sum % 10 === 0;
}
