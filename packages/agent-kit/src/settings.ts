import { z } from "zod";
import { languageOf } from "./language.js";

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

/** The options that do not concern one vendor's API: an agent's own schema spreads them. */
export const modelAgentShape = {
  /** The guidance that goes before the rules about data and messages, which always stay. */
  systemPrompt: z.string().min(1).max(100_000).optional(),
  /** Your own words, after the guidance: what the service is, what may be promised, the tone. Trusted. */
  instructions: z.string().min(1).max(100_000).optional(),
  /** How many of the newest activities the model sees. */
  lookBack: z.int().min(1).max(1_000).default(100),
  /** Of all that is told about a session, as JSON. What does not fit is left out, the oldest activities first. */
  maxDataBytes: z.int().min(2_000).max(1_000_000).default(64_000),
  /** Globs of the names of fields whose values the model may see although they look private. */
  allowedFields: z.array(z.string().min(1).max(200)).max(500).default([]),
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
};

export const modelAgentSettingsSchema = z.strictObject(modelAgentShape);
export type ModelAgentSettings = z.output<typeof modelAgentSettingsSchema>;
