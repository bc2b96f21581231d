import { z } from "zod";

export const mockAgentConfigSchema = z.strictObject({
  /** What triggers and decisions call it. */
  name: z.string().min(1).max(100).default("mock"),
  /** How many of the newest activities it looks at. */
  lookBack: z.number().int().min(1).max(1_000).default(1_000),
});
export type MockAgentConfig = z.input<typeof mockAgentConfigSchema>;
