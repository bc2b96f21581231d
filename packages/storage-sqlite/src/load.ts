import type {
  Activity,
  Checkpoint,
  Effect,
  Escalation,
  Firing,
  IdempotencyRecord,
  LoadRequest,
  SessionSnapshot,
  TokenRecord,
  UiAction,
} from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import {
  type ActivityRow,
  activityColumns,
  type FiringRow,
  firingColumns,
  toActivity,
  toFiring,
} from "./log-rows.js";
import type { SessionKeys } from "./session-keys.js";
import { type SessionRow, sessionColumns, sessionTables, toSession } from "./session-row.js";

/** Reads one snapshot. To be called inside a transaction, which makes it one of a single moment. */
export type LoadSnapshot = (request: LoadRequest) => SessionSnapshot | null;

/** What every load needs, by one statement: asking costs more than most of the answers. */
type SnapshotRow = readonly [
  checkpointSeq: number | null,
  checkpointState: string | null,
  hasOpenEffects: 0 | 1,
  hasOpenUiActions: 0 | 1,
  ...session: SessionRow,
];

const effectIsOpen = "due_at IS NOT NULL";
const uiActionIsOpen = "status <> 'acknowledged'";

export function prepareLoad({ db, values }: Connection, keys: SessionKeys): LoadSnapshot {
  const byKey = db
    .prepare<[string, number, string], SnapshotRow>(
      `SELECT k.seq, k.state,
         EXISTS (SELECT 1 FROM effects e WHERE e.sid = s.sid AND e.${effectIsOpen}),
         EXISTS (SELECT 1 FROM ui_actions u WHERE u.sid = s.sid AND u.${uiActionIsOpen}),
         ${sessionColumns}
       FROM ${sessionTables} LEFT JOIN checkpoints k ON k.sid = s.sid AND k.rules_hash = ?
       WHERE s.sid = ? AND s.id = ?`,
    )
    .raw();
  const tokensOf = db.prepare<[number], TokenRecord>(
    `SELECT hash, purpose, expires_at AS expiresAt FROM tokens WHERE sid = ?`,
  );
  const activitiesAfter = db
    .prepare<[number, number], ActivityRow>(
      `SELECT ${activityColumns} FROM activities a WHERE a.sid = ? AND a.seq > ? ORDER BY a.seq`,
    )
    .raw();
  const firingsOf = db
    .prepare<[number], FiringRow>(
      `SELECT ${firingColumns} FROM firings f WHERE f.sid = ? ORDER BY f.position`,
    )
    .raw();
  const openEffects = db
    .prepare<[number], string>(`SELECT body FROM effects WHERE sid = ? AND ${effectIsOpen} ORDER BY position`)
    .pluck();
  const finishedEffect = db
    .prepare<[string, number], string>("SELECT body FROM effects WHERE id = ? AND sid = ? AND due_at IS NULL")
    .pluck();
  const openUiActions = db
    .prepare<[number], string>(
      `SELECT body FROM ui_actions WHERE sid = ? AND ${uiActionIsOpen} ORDER BY ordinal`,
    )
    .pluck();
  // Without a look at the rows of those that are neither open nor the newest, as long as none is asked for by its id.
  const isCurrent = "(is_open = 1 OR position = (SELECT max(position) FROM escalations WHERE sid = $sid))";
  const currentEscalations = db
    .prepare<[{ sid: number }], string>(
      `SELECT body FROM escalations WHERE sid = $sid AND ${isCurrent} ORDER BY position`,
    )
    .pluck();
  const wantedEscalations = db
    .prepare<[{ sid: number; ids: string }], string>(
      `SELECT body FROM escalations
       WHERE sid = $sid AND (${isCurrent} OR id IN (SELECT value FROM json_each($ids))) ORDER BY position`,
    )
    .pluck();
  const idempotencyOf = db.prepare<[number, string], { outcome: string; expires_at: number }>(
    "SELECT outcome, expires_at FROM idempotency WHERE sid = ? AND key = ?",
  );

  function find(id: string, rulesHash: string): SnapshotRow | undefined {
    const sid = keys.find(id);
    if (sid === undefined) return undefined;
    const row = byKey.get(rulesHash, sid, id);
    if (row !== undefined) return row;
    // The key was of a row long gone; the session may have come back in another.
    keys.forget(id);
    const current = keys.find(id);
    return current === undefined ? undefined : byKey.get(rulesHash, current, id);
  }

  function loadActivities([sid, id, lastSeq]: SessionRow, after: number): Activity[] {
    if (after >= lastSeq) return [];
    return activitiesAfter.all(sid, after).map((activity) => toActivity(activity, id, values));
  }

  function loadEffects(sid: number, sessionId: string, areOpen: boolean, ids: readonly string[]): Effect[] {
    const bodies = areOpen ? openEffects.all(sid) : [];
    for (const id of new Set(ids)) {
      const body = finishedEffect.get(id, sid);
      if (body !== undefined) bodies.push(body);
    }
    return bodies.map((body) => values.decode<Effect>(body, "effect", sessionId));
  }

  function loadUiActions(sid: number, sessionId: string): UiAction[] {
    return openUiActions.all(sid).map((body) => values.decode<UiAction>(body, "ui_action", sessionId));
  }

  function loadEscalations(sid: number, sessionId: string, ids: readonly string[]): Escalation[] {
    const bodies =
      ids.length === 0
        ? currentEscalations.all({ sid })
        : wantedEscalations.all({ sid, ids: JSON.stringify(ids) });
    return bodies.map((body) => values.decode<Escalation>(body, "escalation", sessionId));
  }

  function loadIdempotency(sid: number, id: string, keys: readonly string[]): IdempotencyRecord[] {
    return keys.flatMap((key) => {
      const found = idempotencyOf.get(sid, key);
      if (found === undefined) return [];
      const outcome = values.decode<IdempotencyRecord["outcome"]>(found.outcome, "idempotency", id);
      return [{ key, outcome, expiresAt: found.expires_at }];
    });
  }

  return (request) => {
    const { sessionId, rulesHash, recent, tokens = true } = request;
    const { effectIds = [], escalationIds = [], idempotencyKeys = [] } = request;
    const row = find(sessionId, rulesHash);
    if (row === undefined) return null;
    const [checkpointSeq, checkpointState, hasOpenEffects, hasOpenUiActions, ...session] = row;
    const [sid, id, lastSeq] = session;
    const rebuildAfter = checkpointSeq ?? 0;
    const recentAfter = lastSeq - Math.max(recent, 0);
    // One read serves both: what the trackers still have to see, and the newest.
    const loaded = loadActivities(session, Math.min(rebuildAfter, recentAfter));
    const checkpoint =
      checkpointState === null
        ? null
        : {
            seq: rebuildAfter,
            rulesHash,
            state: values.decode<Checkpoint["state"]>(checkpointState, "checkpoint", id),
          };
    const firings: Firing[] =
      checkpoint === null ? firingsOf.all(sid).map((firing) => toFiring(firing, id, values)) : [];
    const record = toSession(session, values);
    const mayHaveEscalations = record.escalationCount > 0 || escalationIds.length > 0;
    return {
      session: record,
      tokens: tokens ? tokensOf.all(sid) : [],
      checkpoint,
      activities: loaded.filter(({ seq }) => seq > rebuildAfter),
      firings,
      recent: loaded.filter(({ seq }) => seq > recentAfter),
      effects: loadEffects(sid, id, hasOpenEffects === 1, effectIds),
      uiActions: hasOpenUiActions === 1 ? loadUiActions(sid, id) : [],
      escalations: mayHaveEscalations ? loadEscalations(sid, id, escalationIds) : [],
      idempotency: loadIdempotency(sid, id, idempotencyKeys),
    };
  };
}
