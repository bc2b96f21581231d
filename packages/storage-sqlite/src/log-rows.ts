import type { Activity, Firing } from "@hybrid-orchestrator/core";
import type { Values } from "./values.js";

// Rows of the log are read as arrays in the order of these columns: they are the ones that are read by the thousand.

/** Of `activities a`. */
export const activityColumns =
  "a.seq, a.id, a.type, a.actor, a.channel, a.data, a.occurred_at, a.effective_at, a.created_at";
export type ActivityRow = readonly [
  seq: number,
  id: string,
  type: string,
  actor: Activity["actor"],
  channel: string | null,
  data: string,
  occurredAt: number,
  effectiveAt: number,
  createdAt: number,
];

export function toActivity(row: ActivityRow, sessionId: string, values: Values): Activity {
  const [seq, id, type, actor, channel, data, occurredAt, effectiveAt, createdAt] = row;
  return {
    id,
    seq,
    type,
    actor,
    channel,
    data: values.decode<Activity["data"]>(data, "activity", sessionId),
    occurredAt,
    effectiveAt,
    createdAt,
  };
}

/** Of `firings f`. */
export const firingColumns =
  "f.id, f.trigger, f.ordinal, f.fired_at, f.decided_at, f.seq, f.mode, f.arm, f.status, f.body";
export type FiringRow = readonly [
  id: string,
  trigger: string,
  ordinal: number,
  firedAt: number,
  decidedAt: number,
  seq: number,
  mode: Firing["mode"],
  arm: Firing["arm"],
  status: Firing["status"],
  body: string,
];

/** The part of a firing that may hold what somebody wrote. */
export type FiringBody = Pick<Firing, "reason" | "blocker">;

export function toFiring(row: FiringRow, sessionId: string, values: Values): Firing {
  const [id, trigger, ordinal, firedAt, decidedAt, seq, mode, arm, status, body] = row;
  const { reason, blocker } = values.decode<FiringBody>(body, "firing", sessionId);
  return { id, sessionId, trigger, ordinal, firedAt, decidedAt, seq, reason, mode, arm, blocker, status };
}
