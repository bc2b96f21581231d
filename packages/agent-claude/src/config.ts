import { modelAgentShape, tokenPricesSchema } from "@hybrid-orchestrator/agent-kit";
import { z } from "zod";
import { defaultModel, knownModel } from "./models.js";

const headerValue = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** What a configuration file may hold. `apiKey` is taken from `ANTHROPIC_API_KEY` where it is not given. */
export const claudeAgentConfigSchema = z
  .strictObject({
    ...modelAgentShape,
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
    /** For one call of the model; for a streamed answer, between two pieces. Node's own limit is 300 s. */
    timeoutMs: z.int().min(1).max(300_000).default(60_000),
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
    prices: z.record(z.string(), tokenPricesSchema).default({}),
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
