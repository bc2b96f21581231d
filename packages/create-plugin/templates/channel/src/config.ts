import { z } from "zod";

export const sampleNameChannelConfigSchema = z.strictObject({
  /** What routes and messages call it; two of them need two names. */
  name: z.string().min(1).max(100).default("sample-name"),
  /** Where the service is. */
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .transform((url) => url.replace(/\/+$/, "")),
  /** Proves to the service who sends. Default: the environment variable SAMPLE_NAME_API_KEY. */
  apiKey: z
    .string()
    .min(1, "is missing; pass it or set SAMPLE_NAME_API_KEY")
    .max(500)
    .prefault(() => process.env.SAMPLE_NAME_API_KEY ?? ""),
  /** Exact origins that may be reached although they are not public, for tests and proxies. */
  trustedOrigins: z.array(z.string()).max(10).default([]),
  /** For each of connecting, waiting and reading. */
  timeoutMs: z.int().min(1).max(60_000).default(10_000),
});
/** What {@link sampleNameChannel} takes. */
export type SampleNameChannelConfig = z.input<typeof sampleNameChannelConfigSchema>;
/** The configuration with its defaults. */
export type Settings = z.output<typeof sampleNameChannelConfigSchema>;
