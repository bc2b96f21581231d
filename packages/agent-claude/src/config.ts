import { z } from "zod";
import { defaultModel, knownModel, priceSchema } from "./models.js";

/** What a message may not hold, in any case: what says nothing, blames, or talks about the machinery. */
export const defaultBannedPhrases: readonly string[] = [
  "as an AI",
  "as a language model",
  "I am an AI",
  "I'm an AI",
  "I understand your frustration",
  "I apologize for any inconvenience",
  "do not hesitate",
  "don't hesitate",
  "please be patient",
  "as I said before",
  "you should have",
  "system prompt",
  "my instructions",
];

const headerValue = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** What a configuration file may hold. `apiKey` is taken from `ANTHROPIC_API_KEY` where it is not given. */
export const claudeAgentConfigSchema = z
  .strictObject({
    /** What triggers and decisions call it. */
    name: z.string().min(1).max(100).default("claude"),
    apiKey: z
      .string()
      .max(1_000)
      .min(1, "is missing; pass it or set ANTHROPIC_API_KEY")
      .regex(/^[\x21-\x7e]*$/, "must be printable ASCII without spaces")
      .prefault(() => process.env.ANTHROPIC_API_KEY ?? ""),
    model: z.string().min(1).max(200).default(defaultModel),
    /** Of one answer, the model's thinking included. */
    maxTokens: z.int().min(256).max(128_000).default(4_096),
    /** Only for models that take one. */
    temperature: z.number().min(0).max(1).optional(),
    /** How much a model thinks; only for models that take it, and `low` for them. */
    effort: z.enum(["low", "medium", "high", "xhigh", "max"]).optional(),
    /** The guidance that goes before the rules about data, which always stay. */
    systemPrompt: z.string().min(1).max(100_000).optional(),
    /** For one call of the model; for a streamed answer, between two pieces. Node's own limit is 300 s. */
    timeoutMs: z.int().min(1).max(300_000).default(60_000),
    /** How many of the newest activities the model sees. */
    lookBack: z.int().min(1).max(1_000).default(100),
    /** Of all that is told about a session, as JSON. What does not fit is left out, the oldest activities first. */
    maxDataBytes: z.int().min(2_000).max(1_000_000).default(64_000),
    /** In UTF-16 units, of a message or answer to the user. */
    maxMessageLength: z.int().min(50).max(10_000).default(600),
    /** In UTF-16 units. */
    maxSummaryLength: z.int().min(200).max(20_000).default(4_000),
    bannedPhrases: z
      .array(z.string().trim().min(1).max(200))
      .max(500)
      .default([...defaultBannedPhrases]),
    /** BCP 47: the language of messages where the recipient has no `locale`, and of summaries. */
    defaultLocale: z
      .string()
      .refine((tag) => languageOf(tag) !== null, "must be a BCP 47 language tag such as en-US")
      .default("en"),
    /** How often the model may ask for tools before it has to decide. 0: it is offered none. */
    maxToolRounds: z.int().min(0).max(20).default(4),
    /** Of a gateway or another region. */
    baseUrl: z
      .url({ protocol: /^https?$/, error: "must be an http or https URL" })
      .max(500)
      .refine((url) => !/[?#@]/.test(url), "must have no user name, query or fragment")
      .transform((url) => url.replace(/\/+$/, ""))
      .default("https://api.anthropic.com"),
    /** Sent along with each request. */
    headers: z
      .record(
        z.string().regex(/^[\w!#$%&'*+.^`|~-]{1,100}$/, "is no header's name"),
        z.string().max(4_000).regex(headerValue, "must be printable ASCII"),
      )
      .default({}),
    /** In US dollars for a million tokens, by model; goes before the built-in table. */
    prices: z.record(z.string(), priceSchema).default({}),
  })
  .superRefine(({ model, maxTokens, temperature, effort }, context) => {
    const known = knownModel(model);
    if (known === undefined) return;
    const refuse = (option: string, message: string) =>
      context.addIssue({ code: "custom", path: [option], message });
    if (temperature !== undefined && !known.temperature)
      refuse("temperature", `${model} takes none; leave it out`);
    if (effort !== undefined && !known.effort) refuse("effort", `${model} takes none; leave it out`);
    if (maxTokens > known.maxOutputTokens)
      refuse("maxTokens", `${model} writes at most ${known.maxOutputTokens}`);
  });
export type ClaudeAgentConfig = z.input<typeof claudeAgentConfigSchema>;
export type ClaudeSettings = z.output<typeof claudeAgentConfigSchema>;

/**
 * The language of a tag, for a model: `German (Austria), de-AT`. Null for what is no tag. Extensions and private parts
 * are left out: they may hold any words.
 */
export function languageOf(tag: string): string | null {
  try {
    const { language, script, region } = new Intl.Locale(tag);
    const short = [language, script, region].filter((part) => part !== undefined).join("-");
    const name = new Intl.DisplayNames("en", { type: "language", fallback: "none" }).of(short);
    return name === undefined ? short : `${name}, ${short}`;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
