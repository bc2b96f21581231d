import { type CountryCode, isSupportedCountry } from "libphonenumber-js/min";
import { z } from "zod";

const secret = z.string().min(1).max(500);
const secrets = z.union([secret, z.array(secret).min(1).max(5)]);
const id = z.string().min(1).max(100);
const line = z.string().trim().min(1).max(500);
const headerName = z.string().regex(/^[A-Za-z0-9-]{1,100}$/, "must be a header's name");

const credential = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("bearer"), token: secrets, header: headerName.optional() }),
  z.strictObject({ type: z.literal("secret"), secret: secrets }),
  z.strictObject({
    type: z.literal("hmac"),
    secretKey: secrets,
    algorithm: z.enum(["sha256", "sha512", "sha1"]),
    signatureHeader: headerName.optional(),
    timestampHeader: headerName.optional(),
    signaturePrefix: z.string().max(50).optional(),
    includeTimestamp: z.boolean().optional(),
    payloadFormat: z.string().max(200).optional(),
    messageIdHeader: headerName.optional(),
    signatureEncoding: z.enum(["hex", "base64"]).optional(),
    secretIsBase64: z.boolean().optional(),
  }),
]);

const baseUrl = z
  .url({ protocol: /^https?$/, error: "must be an http or https URL" })
  .max(500)
  .refine((url) => !/[?#@]/.test(url), "must have no user name, query or fragment")
  .transform((url) => url.replace(/\/+$/, ""));

/** What a configuration file may hold. `apiKey` is taken from `VAPI_API_KEY` where it is not given. */
export const voiceChannelConfigSchema = z.strictObject({
  /** What routes, messages and the hook's address call it. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,99}$/, "must be letters, digits, dots, hyphens and underscores")
    .default("voice"),
  /** The private key. */
  apiKey: z
    .string()
    .max(500)
    .min(1, "is missing; pass it or set VAPI_API_KEY")
    .prefault(() => process.env.VAPI_API_KEY ?? ""),
  /** The number that calls, and the assistant that speaks. */
  phoneNumberId: id,
  assistantId: id,
  /** How Vapi's server messages prove themselves. Without it there is no hook, and calls are only placed. */
  credential: credential.optional(),
  /** The country of numbers without a prefix, as in `AT`. Without it they are no addresses. */
  defaultCountry: z
    .custom<CountryCode>((value) => typeof value === "string" && isSupportedCountry(value), {
      message: "must be a country's code of two capital letters",
    })
    .optional(),
  audience: z.enum(["user", "worker", "both"]).default("user"),
  /** Said first in every call, where the law wants it. */
  recordingConsent: line.optional(),
  /** The first words of a call that comes in, after the consent. Default: the assistant's own, unless there is a consent. */
  greeting: line.optional(),
  /** What is to be said while the user speaks waits until they have ended, or is said at once. */
  whileUserSpeaks: z.enum(["queue", "interrupt"]).default("queue"),
  /** How long it waits at most. The channel's timeout in the hub must be longer. */
  maxQueueMs: z.int().min(100).max(60_000).default(10_000),
  /** A link is spelled. A longer one is not for the ear, so that the message takes another channel. */
  maxSpelledLink: z.int().min(0).max(200).default(60),
  /** Whether what is said is kept as it is said, from the report when the call has ended, or not at all. */
  transcripts: z.enum(["live", "after", "off"]).default("live"),
  /** Whether the addresses of recordings are kept; whoever has one can listen. */
  keepRecordingUrls: z.boolean().default(false),
  /** The workflow of a session that a call opens. */
  workflow: z.string().min(1).max(100).default("voice"),
  /** What is known of the user's form, for getScreenState; as `defineForm` of screen-state takes it. */
  form: z.record(z.string(), z.unknown()).optional(),
  /** The channel of the tool sendSms. */
  smsChannel: z.string().min(1).max(100).default("sms"),
  /** What sendSms sends when the assistant gives no text: a template over the session. Default: the way back to it. */
  linkText: z.string().min(1).max(500).optional(),
  /** Where a call goes when Vapi asks for a destination, in E.164. */
  transferTo: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, "must be a number in E.164, as in +14155550100")
    .optional(),
  baseUrl: baseUrl.default("https://api.vapi.ai"),
  /** The hosts of the addresses by which Vapi lets running calls be controlled. */
  controlDomains: z.array(z.string().min(1).max(200)).min(1).max(10).default(["*.vapi.ai"]),
  /** Exact origins that may be reached although they are not public, for proxies and tests. */
  trustedOrigins: z.array(z.string()).max(10).default([]),
  /** For each of connecting, waiting and reading. */
  timeoutMs: z.int().min(1).max(60_000).default(10_000),
});
export type VoiceChannelConfig = z.input<typeof voiceChannelConfigSchema>;
export type VoiceSettings = z.output<typeof voiceChannelConfigSchema>;
