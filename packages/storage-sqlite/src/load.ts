import type {
  Activity,
  Checkpoint,
  Effect,
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
import { type SessionRow, selectSession, toSession } from "./session-row.js";

/** Reads one snapshot. To be called inside a transaction, which makes it one of a single moment. */
export type LoadSnapshot = (request: LoadRequest) => SessionSnapshot | null;

interface CheckpointRow {
  readonly seq: number;
  readonly state: string;
}

export function prepareLoad({ db, values }: Connection, keys: SessionKeys): LoadSnapshot {
  const sessionByKey = db
    .prepare<[number, string], SessionRow>(`${selectSession} WHERE s.sid = ? AND s.id = ?`)
    .raw();
  const tokensOf = db.prepare<[number], TokenRecord>(
    `SELECT hash, purpose, expires_at AS expiresAt FROM tokens WHERE sid = ?`,
  );
  const checkpointOf = db.prepare<[number, string], CheckpointRow>(
    "SELECT seq, state FROM checkpoints WHERE sid = ? AND rules_hash = ?",
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
    .prepare<[number], string>(
      "SELECT body FROM effects WHERE sid = ? AND due_at IS NOT NULL ORDER BY position",
    )
    .pluck();
  const finishedEffect = db
    .prepare<[string, number], string>("SELECT body FROM effects WHERE id = ? AND sid = ? AND due_at IS NULL")
    .pluck();
  const openUiActions = db
    .prepare<[number], string>(
      "SELECT body FROM ui_actions WHERE sid = ? AND status <> 'acknowledged' ORDER BY ordinal",
    )
    .pluck();
  const idempotencyOf = db.prepare<[number, string], { outcome: string; expires_at: number }>(
    "SELECT outcome, expires_at FROM idempotency WHERE sid = ? AND key = ?",
  );

  function find(id: string): SessionRow | undefined {
    const sid = keys.find(id);
    if (sid === undefined) return undefined;
    const row = sessionByKey.get(sid, id);
    if (row !== undefined) return row;
    // The key was of a row long gone; the session may have come back in another.
    keys.forget(id);
    const current = keys.find(id);
    return current === undefined ? undefined : sessionByKey.get(current, id);
  }

  function loadCheckpoint([sid, id]: SessionRow, rulesHash: string): Checkpoint | null {
    const found = checkpointOf.get(sid, rulesHash);
    if (found === undefined) return null;
    return {
      seq: found.seq,
      rulesHash,
      state: values.decode<Checkpoint["state"]>(found.state, "checkpoint", id),
    };
  }

  function loadActivities([sid, id, lastSeq]: SessionRow, after: number): Activity[] {
    if (after >= lastSeq) return [];
    return activitiesAfter.all(sid, after).map((activity) => toActivity(activity, id, values));
  }

  function loadEffects([sid, sessionId]: SessionRow, ids: readonly string[]): Effect[] {
    const bodies = openEffects.all(sid);
    for (const id of new Set(ids)) {
      const body = finishedEffect.get(id, sid);
      if (body !== undefined) bodies.push(body);
    }
    return bodies.map((body) => values.decode<Effect>(body, "effect", sessionId));
  }

  function loadIdempotency([sid, id]: SessionRow, keys: readonly string[]): IdempotencyRecord[] {
    return keys.flatMap((key) => {
      const found = idempotencyOf.get(sid, key);
      if (found === undefined) return [];
      const outcome = values.decode<IdempotencyRecord["outcome"]>(found.outcome, "idempotency", id);
      return [{ key, outcome, expiresAt: found.expires_at }];
    });
  }

  return ({ sessionId, rulesHash, recent, tokens = true, effectIds = [], idempotencyKeys = [] }) => {
    const row = find(sessionId);
    if (row === undefined) return null;
    const [sid, id, lastSeq] = row;
    const checkpoint = loadCheckpoint(row, rulesHash);
    const rebuildAfter = checkpoint?.seq ?? 0;
    const recentAfter = lastSeq - Math.max(recent, 0);
    // One read serves both: what the trackers still have to see, and the newest.
    const loaded = loadActivities(row, Math.min(rebuildAfter, recentAfter));
    const firings: Firing[] =
      checkpoint === null ? firingsOf.all(sid).map((firing) => toFiring(firing, id, values)) : [];
    return {
      session: toSession(row, values),
      tokens: tokens ? tokensOf.all(sid) : [],
      checkpoint,
      activities: loaded.filter(({ seq }) => seq > rebuildAfter),
      firings,
      recent: loaded.filter(({ seq }) => seq > recentAfter),
      effects: loadEffects(row, effectIds),
      uiActions: openUiActions.all(sid).map((body) => values.decode<UiAction>(body, "ui_action", id)),
      idempotency: loadIdempotency(row, idempotencyKeys),
    };
  };
}
