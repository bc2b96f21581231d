import { isOpen, type PurgeRequest, type PurgeResult, sessionStatuses } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import { highestPosition } from "./positions.js";

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
  "session_counters",
  "session_documents",
  "sessions",
] as const;

/** Removes what has had its time. To be called inside a write transaction. */
export function preparePurge({ db }: Connection) {
  // By literal statuses, one by one, because only they are served by the partial index on closed sessions.
  const closedSessions = sessionStatuses
    .filter((status) => !isOpen(status))
    .map((status) =>
      db
        .prepare<[number, string | null, string | null, number], number>(
          `SELECT sid FROM sessions WHERE status = '${status}' AND updated_at < ? AND (? IS NULL OR workflow = ?)
           ORDER BY updated_at LIMIT ?`,
        )
        .pluck(),
    );
  const leaveTombstone = db.prepare<[number, number]>(
    `INSERT OR REPLACE INTO tombstones
       (id, workflow, status, created_at, closed_at, purged_at, activities, firings, effects)
     SELECT id, workflow, status, created_at, updated_at, ?,
       (SELECT count(*) FROM activities a WHERE a.sid = s.sid),
       (SELECT count(*) FROM firings f WHERE f.sid = s.sid),
       (SELECT count(*) FROM effects e WHERE e.sid = s.sid)
     FROM sessions s WHERE s.sid = ?`,
  );
  const rememberPosition = db.prepare(
    `INSERT OR REPLACE INTO meta (key, value) VALUES ('purged_position', ${highestPosition})`,
  );
  const deleteAttempts = db.prepare<[number]>(
    "DELETE FROM attempts WHERE effect IN (SELECT position FROM effects WHERE sid = ?)",
  );
  const deleteOwned = ownedTables.map((table) => db.prepare<[number]>(`DELETE FROM ${table} WHERE sid = ?`));
  const deleteExpired = [
    `DELETE FROM tokens WHERE hash IN (
       SELECT hash FROM tokens WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT ?)`,
    `DELETE FROM idempotency WHERE (sid, key) IN (
       SELECT sid, key FROM idempotency WHERE expires_at <= ? LIMIT ?)`,
    `DELETE FROM documents WHERE (aggregate, id) IN (
       SELECT aggregate, id FROM documents WHERE expires_at IS NOT NULL AND expires_at <= ? LIMIT ?)`,
  ].map((sql) => db.prepare<[number, number]>(sql));

  function purgeSessions({ now, closedBefore, workflow, limit }: PurgeRequest): number {
    const sids = closedSessions
      .flatMap((select) => select.all(closedBefore, workflow ?? null, workflow ?? null, limit))
      .slice(0, limit);
    // The newest events may go with their sessions; what comes next must not take their positions again.
    if (sids.length > 0) rememberPosition.run();
    for (const sid of sids) {
      leaveTombstone.run(now, sid);
      deleteAttempts.run(sid);
      for (const statement of deleteOwned) statement.run(sid);
    }
    return sids.length;
  }

  function purgeKeys({ now, limit }: PurgeRequest): number {
    return deleteExpired.reduce((count, statement) => count + statement.run(now, limit - count).changes, 0);
  }

  return (request: PurgeRequest): PurgeResult => {
    const bounded = { ...request, limit: Math.max(request.limit, 0) };
    return { sessions: purgeSessions(bounded), keys: purgeKeys(bounded) };
  };
}
