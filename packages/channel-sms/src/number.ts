import { addressOn, type Recipient } from "@hybrid-orchestrator/core";
import { type CountryCode, parsePhoneNumberFromString } from "libphonenumber-js/min";

/** The number in E.164; undefined for what is no valid number, or has an extension, which no SMS reaches. */
export function toE164(text: string, defaultCountry?: CountryCode): string | undefined {
  // Without `extract: false` it would find a number anywhere in a sentence.
  const number = parsePhoneNumberFromString(text, {
    extract: false,
    ...(defaultCountry !== undefined && { defaultCountry }),
  });
  return number?.isValid() && number.ext === undefined ? number.number : undefined;
}

/** The recipient's number for a channel of that name: their address for it, else their phone. */
export function numberOf(
  recipient: Recipient,
  { name, defaultCountry }: { readonly name: string; readonly defaultCountry?: CountryCode | undefined },
): string | undefined {
  const text = addressOn(recipient, name) ?? recipient.phone;
  return text === undefined ? undefined : toE164(text, defaultCountry);
}
