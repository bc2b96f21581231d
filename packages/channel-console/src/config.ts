import { z } from "zod";

export const consoleChannelConfigSchema = z.strictObject({
  /** What routes and messages call it. */
  name: z.string().min(1).max(100).default("console"),
  /** Whether to mark the urgency with terminal colours. */
  color: z.boolean().default(false),
  /** How many messages `history` keeps. */
  historyLimit: z.number().int().min(0).max(1_000_000).default(1_000),
});
export type ConsoleChannelConfig = z.input<typeof consoleChannelConfigSchema>;
