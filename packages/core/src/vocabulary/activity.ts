import { z } from "zod";
import type { JsonObject } from "../json.js";
import { storableText } from "../text.js";
import { type Actor, actorSchema, type Owner, type SessionStatus } from "./session.js";

/** One entry of a session's append-only log. */
export interface Activity {
  readonly id: string;
  /** 1, 2, 3, … within the session, without a gap: the order. */
  readonly seq: number;
  readonly type: string;
  readonly actor: Actor;
  /** The channel it came through, where there is one. */
  readonly channel: string | null;
  readonly data: JsonObject;
  /** When it happened, as the caller says: it drives windows and silences. */
  readonly occurredAt: number;
  /**
   * When it counts in the session's own timeline: `occurredAt`, but never earlier than what had been evaluated before
   * it arrived. Does not decrease with `seq`, and is the moment at which rules look at it.
   */
  readonly effectiveAt: number;
  /** When it was received. */
  readonly createdAt: number;
}

export const newActivitySchema = z.strictObject({
  type: storableText
    .min(1)
    .max(100)
    .refine(
      (type) => !type.startsWith("session."),
      "must not start with session., which marks the log's own entries",
    ),
  actor: actorSchema.default("user"),
  channel: storableText.min(1).max(100).nullish(),
  data: z.unknown().optional(),
  /** Milliseconds since the Unix epoch, never later than now. Default: now. */
  occurredAt: z.number().int().nonnegative().optional(),
});
export type NewActivity = z.input<typeof newActivitySchema>;

/** The entries the log writes itself, so that the log alone determines the firings. */
export const logEntry = {
  statusChanged: "session.status_changed",
  metadataChanged: "session.metadata_changed",
  ownerChanged: "session.owner_changed",
  /** The human stretch has ended; the data holds what the AI should know, and how it goes on. */
  handedBack: "session.handed_back",
} as const;

export interface StatusChangedData {
  readonly from: SessionStatus;
  readonly to: SessionStatus;
  readonly reason?: string;
}

export interface OwnerChangedData {
  readonly from: Owner;
  readonly to: Owner;
  readonly ownershipEpoch: number;
  readonly reason: string;
}

/** `patch` as it was merged: members that are null were removed. */
export interface MetadataChangedData {
  readonly patch: JsonObject;
}

/**
 * The field that a `field_change` or another activity is about: `fieldId` in its data, or `field_id` as the reference
 * implementation writes it. Null where neither is a non-empty text.
 */
export function fieldIdOf(data: JsonObject): string | null {
  for (const key of ["fieldId", "field_id"]) {
    const id = Object.hasOwn(data, key) ? data[key] : undefined;
    if (id !== undefined && id !== null) return typeof id === "string" && id !== "" ? id : null;
  }
  return null;
}
