import { z } from "zod";

export const sampleNameDomainConfigSchema = z.strictObject({
  /** How long a user may be silent before a worker is told. */
  silenceSeconds: z.number().min(1).max(86_400).default(120),
  /** The channel that workers are told on. Default: whichever the orchestrator chooses. */
  workerChannel: z.string().min(1).max(100).optional(),
});
/** What {@link sampleNameDomain} takes. */
export type SampleNameDomainConfig = z.input<typeof sampleNameDomainConfigSchema>;
/** The configuration with its defaults. */
export type Settings = z.output<typeof sampleNameDomainConfigSchema>;
