import { actorSchema, OrchestratorError, parseWith } from "@hybrid-orchestrator/core";
import { z } from "zod";

const recordSchema = z.strictObject({
  /** The caller's own name of the session. */
  session: z.string().min(1).max(200),
  type: z.string().min(1).max(100),
  data: z.record(z.string(), z.unknown()).default({}),
  /** Milliseconds since the Unix epoch, or ISO 8601 with an offset. */
  at: z.union([
    z.number().int().nonnegative(),
    z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  ]),
  actor: actorSchema.default("user"),
  workflow: z.string().min(1).max(100).default("default"),
});
export type ActivityRecord = z.output<typeof recordSchema>;

/** @throws OrchestratorError that says what is wrong with the line */
export function readRecord(line: string): ActivityRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new OrchestratorError("invalid_json", `It is not JSON: ${(error as SyntaxError).message}`);
  }
  return parseWith(recordSchema, value, { name: "record" });
}
