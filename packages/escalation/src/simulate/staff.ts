import {
  OrchestratorError,
  parseWith,
  presenceSchema,
  scheduleSchema,
  type WorkerRecord,
  workerSchema,
} from "@hybrid-orchestrator/core";
import { z } from "zod";
import type { Staff } from "../staff/staff.js";

const staffSchema = z.strictObject({
  /** Each like a worker who is registered, and whether they are there. */
  workers: z.array(workerSchema.extend({ presence: presenceSchema.default("online") })).default([]),
  /** By name, as an orchestrator has them. */
  schedules: z.record(z.string().min(1).max(100), scheduleSchema).default({}),
  /** How long a lost connection is waited for. */
  presenceGraceSeconds: z.number().positive().max(3_600).default(30),
});
export type SimulatedStaff = z.input<typeof staffSchema>;

/**
 * People to simulate with, from what a file may say of them; with nothing said there are none. Everybody has all places
 * free, and is online within their hours.
 * @throws OrchestratorError `invalid_configuration` that lists every mistake with its path
 */
export function readStaff(input: unknown): Staff {
  const { workers, schedules, presenceGraceSeconds } = parseWith(staffSchema, input, {
    name: "staff",
    code: "invalid_configuration",
  });
  const records = new Map<string, WorkerRecord>();
  for (const worker of workers) {
    if (records.has(worker.id))
      throw new OrchestratorError("invalid_configuration", `Two workers have the id ${worker.id}.`);
    records.set(worker.id, { ...worker, presenceSince: 0, connectedUntil: null, slots: [], idleSince: 0 });
  }
  return { workers: records, schedules, presenceGraceMs: Math.round(presenceGraceSeconds * 1_000) };
}
