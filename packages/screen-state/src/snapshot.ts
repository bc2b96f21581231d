import { type JsonObject, type NewActivity, parseWith, toJsonObject } from "@hybrid-orchestrator/core";
import { z } from "zod";
import { limits } from "./limits.js";

const id = z.string().min(1).max(limits.nameLength);

const snapshotSchema = z.strictObject({
  /** What the client calls the screen, as in a router. */
  screen: id.optional(),
  /** The step of a process, as the client counts or names it. */
  step: z.union([id, z.number()]).optional(),
  /** The values of the fields that are on the screen, by id. */
  fields: z.custom<JsonObject>((value) => typeof value === "object" && value !== null, "must be an object"),
  /** What the user is told about fields, by id. */
  errors: z.record(id, z.string().max(limits.errorLength)).optional(),
  /** Which of its fields must be filled in, where the client knows. */
  required: z.array(id).max(limits.fields).optional(),
  /** The field that has the focus. */
  focus: id.nullish(),
  /** When it was taken, in milliseconds since the Unix epoch. */
  at: z.number().int().nonnegative(),
});
/** A form as a client sees it at one moment. */
export type FormSnapshot = z.output<typeof snapshotSchema>;

/**
 * A client's snapshot, checked and copied.
 * @throws OrchestratorError `invalid_argument`, `invalid_json`, or `data_too_large` past 512 fields or 64 KiB.
 */
export function readSnapshot(value: unknown): FormSnapshot {
  const snapshot = parseWith(snapshotSchema, value, { name: "form snapshot" });
  const fields = toJsonObject(snapshot.fields, { name: "form snapshot's fields", maxBytes: limits.bytes });
  parseWith(fieldIdsSchema, Object.keys(fields), { name: "form snapshot's list of field ids" });
  return { ...snapshot, fields };
}

const fieldIdsSchema = z.array(id).max(limits.fields);

/** The activity by which a session keeps a snapshot; {@link reduceActivities} reads it. */
export function snapshotActivity(snapshot: FormSnapshot): NewActivity {
  const { at, ...data } = snapshot;
  return { type: "form_snapshot", data, occurredAt: at };
}
