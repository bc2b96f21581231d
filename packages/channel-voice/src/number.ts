import { addressOn, type Recipient } from "@hybrid-orchestrator/core";
import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import type { VoiceSettings } from "./config.js";

type NumberSettings = Pick<VoiceSettings, "name" | "defaultCountry">;

/** The recipient's number in E.164: their address for this channel, else their phone. */
export function numberOf(recipient: Recipient, settings: NumberSettings): string | undefined {
  const text = addressOn(recipient, settings.name) ?? recipient.phone;
  return text === undefined ? undefined : toE164(text, settings);
}

export function toE164(
  text: string,
  { defaultCountry }: Pick<NumberSettings, "defaultCountry">,
): string | undefined {
  const number = parsePhoneNumberFromString(text, {
    extract: false,
    ...(defaultCountry !== undefined && { defaultCountry }),
  });
  return number?.isValid() && number.ext === undefined ? number.number : undefined;
}
