import type { CountryCode } from "libphonenumber-js/min";
import { isSupportedCountry } from "libphonenumber-js/min";
import { z } from "zod";

const secret = z.string().min(1).max(200);
const token = z.string().max(200).min(1, "is missing; pass it or set TWILIO_AUTH_TOKEN");
const word = z.string().trim().min(1).max(50);
const words = z.array(word).max(100);

/** An HTTP origin, perhaps with a path, as a base for other URLs. */
const baseUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https URL" })
  .max(500)
  .refine((url) => !/[?#@]/.test(url), "must have no user name, query or fragment")
  .transform((url) => url.replace(/\/+$/, ""));

/**
 * What a configuration file may hold. `accountSid` and `authToken` are taken from `TWILIO_ACCOUNT_SID` and
 * `TWILIO_AUTH_TOKEN` where they are not given.
 */
export const smsChannelConfigSchema = z
  .strictObject({
    /** What routes, messages and the hook's address call it. */
    name: z
      .string()
      .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, "must be letters, digits, dots, hyphens and underscores")
      .default("sms"),
    accountSid: z
      .string()
      .regex(/^AC[0-9a-fA-F]{32}$/, "must be AC and 32 digits; pass it or set TWILIO_ACCOUNT_SID")
      .prefault(() => process.env.TWILIO_ACCOUNT_SID ?? ""),
    /** Signs the webhooks, and the requests where no `apiKey` is given. While it is rotated: the new one first. */
    authToken: z
      .union([token, z.array(token).min(1).max(5)])
      .prefault(() => process.env.TWILIO_AUTH_TOKEN ?? ""),
    apiKey: z.strictObject({ sid: z.string().regex(/^SK[0-9a-fA-F]{32}$/), secret }).optional(),
    /** A number in E.164, a short code or an alphanumeric sender. */
    from: z
      .string()
      .regex(/^(?:\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11})$/, "is no sender")
      .optional(),
    messagingServiceSid: z
      .string()
      .regex(/^MG[0-9a-fA-F]{32}$/)
      .optional(),
    /** Where the server can be reached from outside; hooks lie below it. Without it Twilio is asked for no statuses. */
    publicUrl: baseUrl.optional(),
    /** The country of numbers without a prefix, as in `AT`. Without it they are no addresses. */
    defaultCountry: z
      .custom<CountryCode>((value) => typeof value === "string" && isSupportedCountry(value), {
        message: "must be a country's code of two capital letters",
      })
      .optional(),
    /** A longer text is not sent: each segment costs. */
    maxSegments: z.int().min(1).max(24).optional(),
    audience: z.enum(["user", "worker", "both"]).default("both"),
    /** The whole text of a message, in any case. Twilio's own, as of 2026. */
    optOutWords: words.default([
      ...["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"],
    ]),
    optInWords: words.default(["START", "UNSTOP"]),
    humanWords: words.default(["HUMAN", "AGENT"]),
    /** Answers a message that belongs to no open session, at most once a day to one number. */
    unmatchedReply: z.string().min(1).max(1600).optional(),
    baseUrl: baseUrl.default("https://api.twilio.com"),
    /** Exact origins that `baseUrl` may lead to although they are not public, for proxies and tests. */
    trustedOrigins: z.array(z.string()).max(10).default([]),
    /** For each of connecting, waiting and reading. */
    timeoutMs: z.int().min(1).max(60_000).default(10_000),
  })
  .refine(({ from, messagingServiceSid }) => (from === undefined) !== (messagingServiceSid === undefined), {
    message: "Pass either from or messagingServiceSid.",
  });
export type SmsChannelConfig = z.input<typeof smsChannelConfigSchema>;
export type SmsSettings = z.output<typeof smsChannelConfigSchema>;
