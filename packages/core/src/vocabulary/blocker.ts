import { z } from "zod";

export const severitySchema = z.enum(["low", "medium", "high"]);
export type Severity = z.infer<typeof severitySchema>;

export const blockerSchema = z.strictObject({
  /** `stalled`, `repeated_failure`, `dependency`, `user_inactive`, or a domain's own. */
  kind: z.string().min(1),
  severity: severitySchema,
  description: z.string(),
});
/** What keeps a session from going on. */
export type Blocker = z.infer<typeof blockerSchema>;
