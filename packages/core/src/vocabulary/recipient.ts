import { z } from "zod";
import { jsonObjectSchema } from "./json-schema.js";

export const timeZoneSchema = z
  .string()
  .refine(isTimeZone, "must be an IANA time zone such as Europe/Berlin");

export const recipientSchema = z.strictObject({
  id: z.string().min(1).max(200),
  name: z.string().max(200).optional(),
  phone: z.string().max(50).optional(),
  email: z.string().max(320).optional(),
  slackId: z.string().max(100).optional(),
  /** Addresses by channel name, for channels that need another kind. */
  addresses: z.record(z.string(), z.string()).optional(),
  preferredChannel: z.string().optional(),
  available: z.boolean().default(true),
  /** BCP 47, e.g. `de-AT`. */
  locale: z.string().refine(isLocale, "must be a BCP 47 language tag such as en-US").optional(),
  timeZone: timeZoneSchema.optional(),
  metadata: jsonObjectSchema.optional(),
});
/** Somebody a message can reach: the user of a session, or a worker. */
export type Recipient = z.infer<typeof recipientSchema>;
export type NewRecipient = z.input<typeof recipientSchema>;

/** The address that a recipient has for the channel of this name alone. */
export function addressOn({ addresses = {} }: Recipient, channel: string): string | undefined {
  return Object.hasOwn(addresses, channel) ? addresses[channel] : undefined;
}

function isTimeZone(name: string): boolean {
  return doesNotThrow(() => new Intl.DateTimeFormat("en", { timeZone: name }));
}

function isLocale(tag: string): boolean {
  return doesNotThrow(() => Intl.getCanonicalLocales(tag));
}

function doesNotThrow(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
