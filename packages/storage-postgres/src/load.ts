import type {
  Effect,
  Escalation,
  LoadRequest,
  SessionSnapshot,
  TokenRecord,
  UiAction,
} from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";
import {
  type ActivityRow,
  activityColumns,
  type FiringRow,
  firingColumns,
  toActivity,
  toFiring,
} from "./log-rows.js";
import { type SessionRow, selectSession, toSession } from "./session-row.js";
import type { Values } from "./values.js";

/** Reads snapshots. To be called inside a transaction in which the sessions stay as they are. */
export type LoadSnapshots = (
  queryable: Queryable,
  requests: readonly LoadRequest[],
) => Promise<(SessionSnapshot | null)[]>;

// Each reads what all requests want of one kind, so a load takes as many round trips for one session as for a hundred.
const sessionsById = { name: "load_sessions", text: `${selectSession} WHERE s.id = ANY($1::text[])` };
const tokensOf = {
  name: "load_tokens",
  text: 'SELECT sid, hash, purpose, expires_at AS "expiresAt" FROM tokens WHERE sid = ANY($1::bigint[])',
};
const checkpointsOf = {
  name: "load_checkpoints",
  text: "SELECT sid, rules_hash, seq, state FROM checkpoints WHERE sid = ANY($1::bigint[])",
};
const activitiesAfter = {
  name: "load_activities",
  text: `SELECT w.request, ${activityColumns}
         FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS w (request, sid, after)
         JOIN activities a ON a.sid = w.sid AND a.seq > w.after ORDER BY w.request, a.seq`,
};
const firingsOf = {
  name: "load_firings",
  text: `SELECT f.sid, ${firingColumns} FROM firings f WHERE f.sid = ANY($1::bigint[]) ORDER BY f.position`,
};
const openEffectsOf = {
  name: "load_open_effects",
  text: `SELECT sid, id, body FROM effects
         WHERE sid = ANY($1::bigint[]) AND due_at IS NOT NULL ORDER BY sid, position`,
};
const finishedEffects = {
  name: "load_finished_effects",
  text: "SELECT sid, id, body FROM effects WHERE id = ANY($1::text[]) AND due_at IS NULL",
};
const uiActionsOf = {
  name: "load_ui_actions",
  text: `SELECT sid, body FROM ui_actions
         WHERE sid = ANY($1::bigint[]) AND status <> 'acknowledged' ORDER BY sid, ordinal`,
};
const escalationsOf = {
  name: "load_escalations",
  text: `SELECT e.sid, e.id, e.body, e.is_open OR e.position = n.newest AS "isCurrent"
         FROM unnest($1::bigint[]) AS w (sid)
         CROSS JOIN LATERAL (SELECT max(position) AS newest FROM escalations WHERE sid = w.sid) n
         JOIN escalations e ON e.sid = w.sid AND (e.is_open OR e.position = n.newest OR e.id = ANY($2::text[]))
         ORDER BY e.sid, e.position`,
};
const outcomesOf = {
  name: "load_outcomes",
  text: `SELECT i.sid, i.key, i.outcome, i.expires_at FROM unnest($1::bigint[], $2::text[]) AS w (sid, key)
         JOIN idempotency i ON i.sid = w.sid AND i.key = w.key`,
};

interface Owned {
  readonly sid: number;
}
interface CheckpointRow extends Owned {
  readonly rules_hash: string;
  readonly seq: number;
  readonly state: string;
}
interface EffectRow extends Owned {
  readonly id: string;
  readonly body: string;
}
interface EscalationRow extends Owned {
  readonly id: string;
  readonly body: string;
  /** It belongs in the snapshot even where nobody asked for it. */
  readonly isCurrent: boolean;
}
interface OutcomeRow extends Owned {
  readonly key: string;
  readonly outcome: string;
  readonly expires_at: number;
}

/** A request, its session, and what follows from both for the activities to read. */
interface Wanted {
  readonly request: LoadRequest;
  readonly row: SessionRow;
  readonly checkpoint: CheckpointRow | null;
  readonly rebuildAfter: number;
  readonly recentAfter: number;
}

export function loadSnapshots(values: Values): LoadSnapshots {
  return async (queryable, requests) => {
    const ids = [...new Set(requests.map(({ sessionId }) => sessionId))];
    const rows = await queryable.rows<SessionRow>(sessionsById, [ids]);
    if (rows.length === 0) return requests.map(() => null);
    const sids = rows.map(({ sid }) => sid);
    const checkpoints = await queryable.rows<CheckpointRow>(checkpointsOf, [sids]);
    const wanted = requests.map((request) => want(request, { rows, checkpoints }));
    const related = await readRelated(queryable, wanted, sids);
    return wanted.map((one, index) => (one === null ? null : toSnapshot(one, related, { index, values })));
  };
}

function want(
  request: LoadRequest,
  {
    rows,
    checkpoints,
  }: { readonly rows: readonly SessionRow[]; readonly checkpoints: readonly CheckpointRow[] },
): Wanted | null {
  const row = rows.find(({ id }) => id === request.sessionId);
  if (row === undefined) return null;
  const ofRules = ({ sid, rules_hash }: CheckpointRow) => sid === row.sid && rules_hash === request.rulesHash;
  const checkpoint = checkpoints.find(ofRules) ?? null;
  const recentAfter = row.last_seq - Math.max(request.recent, 0);
  return { request, row, checkpoint, rebuildAfter: checkpoint?.seq ?? 0, recentAfter };
}

type Related = Awaited<ReturnType<typeof readRelated>>;

async function readRelated(
  queryable: Queryable,
  wanted: readonly (Wanted | null)[],
  sids: readonly number[],
) {
  const present = wanted.flatMap((one, index) => (one === null ? [] : { ...one, index }));
  // One read serves both: what the trackers still have to see, and the newest.
  const activities = await queryable.rows<ActivityRow & { readonly request: number }>(activitiesAfter, [
    present.map(({ index }) => index),
    present.map(({ row }) => row.sid),
    present.map(({ rebuildAfter, recentAfter }) => Math.min(rebuildAfter, recentAfter)),
  ]);
  const rebuilt = present.filter(({ checkpoint }) => checkpoint === null).map(({ row }) => row.sid);
  const effectIds = present.flatMap(({ request }) => request.effectIds ?? []);
  const escalated = present.filter(
    ({ row, request: { escalationIds = [] } }) => row.escalation_count > 0 || escalationIds.length > 0,
  );
  const keys = present.flatMap(({ request, row }) =>
    (request.idempotencyKeys ?? []).map((key) => [row.sid, key] as const),
  );
  return {
    activities: byKey(activities, ({ request }) => request),
    firings:
      rebuilt.length === 0 ? new Map() : bySid(await queryable.rows<FiringRow & Owned>(firingsOf, [rebuilt])),
    tokens: bySid(await queryable.rows<TokenRecord & Owned>(tokensOf, [sids])),
    openEffects: bySid(await queryable.rows<EffectRow>(openEffectsOf, [sids])),
    finishedEffects:
      effectIds.length === 0 ? [] : await queryable.rows<EffectRow>(finishedEffects, [effectIds]),
    uiActions: bySid(await queryable.rows<Owned & { readonly body: string }>(uiActionsOf, [sids])),
    escalations:
      escalated.length === 0
        ? new Map<number, EscalationRow[]>()
        : bySid(
            await queryable.rows<EscalationRow>(escalationsOf, [
              [...new Set(escalated.map(({ row }) => row.sid))],
              escalated.flatMap(({ request }) => request.escalationIds ?? []),
            ]),
          ),
    outcomes:
      keys.length === 0
        ? []
        : await queryable.rows<OutcomeRow>(outcomesOf, [
            keys.map(([sid]) => sid),
            keys.map(([, key]) => key),
          ]),
  };
}

function toSnapshot(
  { request, row, checkpoint, rebuildAfter, recentAfter }: Wanted,
  related: Related,
  { index, values }: { readonly index: number; readonly values: Values },
): SessionSnapshot {
  const { id, sid } = row;
  const { effectIds = [], escalationIds = [], idempotencyKeys = [] } = request;
  const loaded = related.activities.get(index)?.map((activity) => toActivity(activity, id, values)) ?? [];
  const firings: readonly FiringRow[] = checkpoint === null ? (related.firings.get(sid) ?? []) : [];
  const finished = related.finishedEffects.filter(
    (effect) => effect.sid === sid && effectIds.includes(effect.id),
  );
  const effects = [...(related.openEffects.get(sid) ?? []), ...finished];
  const outcomes = related.outcomes.filter((row) => row.sid === sid);
  return {
    session: toSession(row, values),
    tokens: (related.tokens.get(sid) ?? []).map(({ hash, purpose, expiresAt }) => ({
      hash,
      purpose,
      expiresAt,
    })),
    checkpoint: checkpoint && {
      seq: checkpoint.seq,
      rulesHash: checkpoint.rules_hash,
      state: values.decode(checkpoint.state, "checkpoint", id),
    },
    activities: loaded.filter(({ seq }) => seq > rebuildAfter),
    firings: firings.map((firing) => toFiring(firing, id, values)),
    recent: loaded.filter(({ seq }) => seq > recentAfter),
    effects: effects.map(({ body }) => values.decode<Effect>(body, "effect", id)),
    uiActions: (related.uiActions.get(sid) ?? []).map(({ body }) =>
      values.decode<UiAction>(body, "ui_action", id),
    ),
    escalations: (related.escalations.get(sid) ?? [])
      .filter((escalation) => escalation.isCurrent || escalationIds.includes(escalation.id))
      .map(({ body }) => values.decode<Escalation>(body, "escalation", id)),
    idempotency: idempotencyKeys.flatMap((key) => {
      const found = outcomes.find((outcome) => outcome.key === key);
      if (found === undefined) return [];
      return [{ key, outcome: values.decode(found.outcome, "idempotency", id), expiresAt: found.expires_at }];
    }),
  };
}

function bySid<Row extends Owned>(rows: readonly Row[]): Map<number, Row[]> {
  return byKey(rows, ({ sid }) => sid);
}

function byKey<Row>(rows: readonly Row[], keyOf: (row: Row) => number): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
