import { actorSchema, sessionSchema } from "@hybrid-orchestrator/core";
import { z } from "zod";

const moment = z.number();
const data = z.record(z.string(), z.unknown());

/** A recording as a file has it. The rules in it are checked when they are read. */
export const recordingSchema = z.object({
  format: z.literal(1),
  session: sessionSchema,
  activities: z.array(
    z.object({
      id: z.string(),
      seq: z.number().int(),
      type: z.string(),
      actor: actorSchema,
      channel: z.string().nullable(),
      data,
      occurredAt: moment,
      effectiveAt: moment,
      createdAt: moment,
    }),
  ),
  firings: z.array(z.object({ trigger: z.string(), ordinal: z.number().int(), firedAt: moment })),
  until: moment,
  triggers: z.array(data),
  maxFiresPerSession: z.number().int().positive().nullable(),
});
