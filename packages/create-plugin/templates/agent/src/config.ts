import { z } from "zod";

export const sampleNameAgentConfigSchema = z.strictObject({
  /** What triggers and decisions call it; two of them need two names. */
  name: z.string().min(1).max(100).default("sample-name"),
  /** How many errors in a row call for a human. */
  errorsUntilHuman: z.int().min(1).max(100).default(3),
  /** How often one field may be changed before the user is offered help. */
  changesUntilHelp: z.int().min(2).max(100).default(3),
});
/** What {@link sampleNameAgent} takes. */
export type SampleNameAgentConfig = z.input<typeof sampleNameAgentConfigSchema>;
/** The configuration with its defaults. */
export type Settings = z.output<typeof sampleNameAgentConfigSchema>;
