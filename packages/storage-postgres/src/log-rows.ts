import type { Activity, Firing } from "@hybrid-orchestrator/core";
import type { Values } from "./values.js";

/** Of `activities a`. */
export const activityColumns = `a.seq, a.id, a.type, a.actor, a.channel, a.data, a.occurred_at AS "occurredAt",
  a.effective_at AS "effectiveAt", a.created_at AS "createdAt"`;
export interface ActivityRow extends Omit<Activity, "data"> {
  readonly data: string;
}

export function toActivity(row: ActivityRow, sessionId: string, values: Values): Activity {
  return {
    id: row.id,
    seq: row.seq,
    type: row.type,
    actor: row.actor,
    channel: row.channel,
    data: values.decode<Activity["data"]>(row.data, "activity", sessionId),
    occurredAt: row.occurredAt,
    effectiveAt: row.effectiveAt,
    createdAt: row.createdAt,
  };
}

/** Of `firings f`. */
export const firingColumns = `f.id, f.trigger, f.ordinal, f.fired_at AS "firedAt", f.decided_at AS "decidedAt", f.seq,
  f.mode, f.arm, f.status, f.body`;
export interface FiringRow extends Omit<Firing, "sessionId" | "reason" | "blocker"> {
  readonly body: string;
}

/** The part of a firing that may hold what somebody wrote. */
export type FiringBody = Pick<Firing, "reason" | "blocker">;

export function toFiring(row: FiringRow, sessionId: string, values: Values): Firing {
  const { reason, blocker } = values.decode<FiringBody>(row.body, "firing", sessionId);
  return {
    id: row.id,
    sessionId,
    trigger: row.trigger,
    ordinal: row.ordinal,
    firedAt: row.firedAt,
    decidedAt: row.decidedAt,
    seq: row.seq,
    reason,
    mode: row.mode,
    arm: row.arm,
    blocker,
    status: row.status,
  };
}
