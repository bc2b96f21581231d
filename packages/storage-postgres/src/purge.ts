import type { PurgeRequest, PurgeResult } from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";

/** Tables whose rows belong to a session, by `sid`. */
const ownedTables = [
  "activities",
  "firings",
  "events",
  "effects",
  "ui_actions",
  "escalations",
  "tokens",
  "idempotency",
  "checkpoints",
  "session_documents",
  "sessions",
] as const;

// A session that is being changed at this moment is left for the next time.
const lockClosed = {
  name: "lock_closed_sessions",
  text: `SELECT sid FROM sessions WHERE closed_at < $1 AND ($2::text IS NULL OR workflow = $2)
         ORDER BY closed_at, sid LIMIT $3 FOR UPDATE SKIP LOCKED`,
};
const leaveTombstones = {
  name: "leave_tombstones",
  text: `INSERT INTO tombstones
           (id, workflow, status, created_at, closed_at, purged_at, activities, firings, effects)
         SELECT id, workflow, status, created_at, closed_at, $2,
           (SELECT count(*) FROM activities a WHERE a.sid = s.sid),
           (SELECT count(*) FROM firings f WHERE f.sid = s.sid),
           (SELECT count(*) FROM effects e WHERE e.sid = s.sid)
         FROM sessions s WHERE s.sid = ANY($1::bigint[])
         ON CONFLICT (id) DO UPDATE SET workflow = excluded.workflow, status = excluded.status,
           created_at = excluded.created_at, closed_at = excluded.closed_at, purged_at = excluded.purged_at,
           activities = excluded.activities, firings = excluded.firings, effects = excluded.effects`,
};
const deleteAttempts = {
  name: "purge_attempts",
  text: `DELETE FROM attempts a USING effects e WHERE a.effect = e.position AND e.sid = ANY($1::bigint[])`,
};
const deleteOwned = ownedTables.map((table) => ({
  name: `purge_${table}`,
  text: `DELETE FROM ${table} WHERE sid = ANY($1::bigint[])`,
}));
const deleteExpired = [
  {
    name: "purge_expired_tokens",
    text: `DELETE FROM tokens WHERE hash IN (
             SELECT hash FROM tokens WHERE expires_at <= $1 ORDER BY hash LIMIT $2 FOR UPDATE SKIP LOCKED)`,
  },
  {
    name: "purge_expired_keys",
    text: `DELETE FROM idempotency WHERE (sid, key) IN (
             SELECT sid, key FROM idempotency WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
  },
  {
    name: "purge_expired_documents",
    text: `DELETE FROM documents WHERE (aggregate, id) IN (
             SELECT aggregate, id FROM documents WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`,
  },
];
// Left by handles that ended. Nobody asks what became of a commit a day later.
const forgetOldMarks = {
  name: "forget_old_marks",
  text: "DELETE FROM commits WHERE at < now() - interval '1 day'",
};

/** Removes what has had its time. To be called inside a write transaction. */
export async function purge(queryable: Queryable, request: PurgeRequest): Promise<PurgeResult> {
  const { now, closedBefore, workflow, limit } = request;
  const most = Math.max(limit, 0);
  const closed = await queryable.rows<{ sid: number }>(lockClosed, [closedBefore, workflow ?? null, most]);
  const sids = closed.map(({ sid }) => sid);
  if (sids.length > 0) {
    await queryable.count(leaveTombstones, [sids, now]);
    await queryable.count(deleteAttempts, [sids]);
    for (const statement of deleteOwned) await queryable.count(statement, [sids]);
  }
  let keys = 0;
  for (const statement of deleteExpired) keys += await queryable.count(statement, [now, most - keys]);
  await queryable.count(forgetOldMarks);
  return { sessions: sids.length, keys };
}
