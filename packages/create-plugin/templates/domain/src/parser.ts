import type { NewActivity } from "@hybrid-orchestrator/core";
import { z } from "zod";

const recordSchema = z.object({
  event: z.enum(["started", "document_uploaded", "document_rejected"]),
  document: z.string().max(200).optional(),
  at: z.iso.datetime().optional(),
});

/** Turns the records of the application system into activities. What it does not know is left out. */
export function parseRecords(input: unknown): readonly NewActivity[] {
  return [input].flat().flatMap((record) => {
    const parsed = recordSchema.safeParse(record);
    if (!parsed.success) return [];
    const { event, document, at } = parsed.data;
    const occurredAt = at === undefined ? undefined : Date.parse(at);
    return [
      {
        type: event,
        actor: event === "document_rejected" ? ("system" as const) : ("user" as const),
        data: document === undefined ? {} : { document },
        // The log takes no moment before the Unix epoch.
        ...(occurredAt !== undefined && occurredAt >= 0 && { occurredAt }),
      },
    ];
  });
}
