import type {
  ClaimedEffect,
  EffectClaim,
  NodeHeartbeat,
  SessionClaim,
  Storage,
} from "@hybrid-orchestrator/core";
import type { Queryable } from "./client.js";

type OtherRulesQuery = Parameters<Storage["findSessionsOfOtherRules"]>[0];
type WakeTimes = Awaited<ReturnType<Storage["nextWakeAt"]>>;

// Offers what is due and writes nothing: the version of the commit that follows decides who did the work, and a lease
// is part of the commit that begins an effect. So a look at an idle database is a probe of an index.

const dueSessions = {
  name: "due_sessions",
  text: `SELECT id FROM sessions WHERE due_at <= $1 AND rules_hash <> ALL($2::text[])
         ORDER BY due_at LIMIT $3`,
};
// The different rules by one probe of the index each, since a handful of them belongs to a million sessions.
const sessionsOfOtherRules = {
  name: "sessions_of_other_rules",
  text: `WITH RECURSIVE hashes (hash) AS (
           SELECT min(rules_hash) FROM sessions WHERE status IN ('active', 'paused', 'abandoned')
           UNION ALL
           SELECT (SELECT min(rules_hash) FROM sessions
                   WHERE status IN ('active', 'paused', 'abandoned') AND rules_hash > h.hash)
           FROM hashes h WHERE h.hash IS NOT NULL
         )
         SELECT s.id FROM hashes h CROSS JOIN LATERAL (
           SELECT id FROM sessions
           WHERE status IN ('active', 'paused', 'abandoned') AND rules_hash = h.hash LIMIT $2
         ) s WHERE h.hash <> ALL($1::text[]) LIMIT $2`,
};
const dueEffects = {
  name: "due_effects",
  text: `SELECT e.id, s.id AS "sessionId", e.kind, e.lane
         FROM unnest($2::text[], $3::bigint[]) AS l (lane, amount)
         CROSS JOIN LATERAL (
           SELECT * FROM effects WHERE lane = l.lane AND due_at <= $1 ORDER BY due_at LIMIT l.amount
         ) e JOIN sessions s ON s.sid = e.sid ORDER BY e.lane, e.due_at`,
};
// The different lanes by one probe of the index each: a lane that is full must not hide the others behind it.
const otherDueEffects = {
  name: "other_due_effects",
  text: `WITH RECURSIVE lanes (lane) AS (
           SELECT min(lane) FROM effects WHERE due_at IS NOT NULL
           UNION ALL
           SELECT (SELECT min(lane) FROM effects WHERE due_at IS NOT NULL AND lane > l.lane)
           FROM lanes l WHERE l.lane IS NOT NULL
         )
         SELECT e.id, s.id AS "sessionId", e.kind, e.lane
         FROM lanes l CROSS JOIN LATERAL (
           SELECT * FROM effects WHERE lane = l.lane AND due_at <= $1 ORDER BY due_at LIMIT $3
         ) e JOIN sessions s ON s.sid = e.sid
         WHERE l.lane <> ALL($2::text[]) ORDER BY e.due_at LIMIT $3`,
};
const anyDueEffect = {
  name: "any_due_effect",
  text: "SELECT 1 FROM effects WHERE due_at <= $1 LIMIT 1",
};
const nextTimes = {
  name: "next_times",
  text: `SELECT (SELECT min(due_at) FROM sessions WHERE due_at IS NOT NULL) AS sessions,
           (SELECT min(due_at) FROM effects WHERE due_at IS NOT NULL) AS effects`,
};
const forgetDead = { name: "forget_dead_nodes", text: "DELETE FROM nodes WHERE expires_at <= $1" };
const rememberNode = {
  name: "remember_node",
  text: `INSERT INTO nodes (node, rules_hash, expires_at) VALUES ($1, $2, $3)
         ON CONFLICT (node) DO UPDATE SET rules_hash = excluded.rules_hash, expires_at = excluded.expires_at`,
};
const otherRules = {
  name: "other_rules",
  text: 'SELECT DISTINCT rules_hash AS "rulesHash" FROM nodes WHERE node <> $1 AND rules_hash <> $2',
};

export async function claimSessions(
  queryable: Queryable,
  { now, limit, exceptRules }: SessionClaim,
): Promise<readonly string[]> {
  const rows = await queryable.rows<{ id: string }>(dueSessions, [now, exceptRules, Math.max(limit, 0)]);
  return rows.map(({ id }) => id);
}

export async function findSessionsOfOtherRules(
  queryable: Queryable,
  { rulesHash, exceptRules, limit }: OtherRulesQuery,
): Promise<readonly string[]> {
  const known = [rulesHash, ...exceptRules];
  const rows = await queryable.rows<{ id: string }>(sessionsOfOtherRules, [known, Math.max(limit, 0)]);
  return rows.map(({ id }) => id);
}

export async function claimEffects(
  queryable: Queryable,
  { now, lanes, otherLanes }: EffectClaim,
): Promise<readonly ClaimedEffect[]> {
  if ((await queryable.rows(anyDueEffect, [now])).length === 0) return [];
  const names = Object.keys(lanes);
  const amounts = Object.values(lanes).map((amount) => Math.max(amount, 0));
  const named =
    names.length === 0 ? [] : await queryable.rows<ClaimedEffect>(dueEffects, [now, names, amounts]);
  if (otherLanes <= 0) return named;
  const others = await queryable.rows<ClaimedEffect>(otherDueEffects, [now, names, otherLanes]);
  return [...named, ...others];
}

export async function nextWakeAt(queryable: Queryable): Promise<WakeTimes> {
  const [times] = await queryable.rows<WakeTimes>(nextTimes);
  return times ?? { sessions: null, effects: null };
}

/** Keeps the list of living nodes. To be called inside a write transaction. */
export async function heartbeat(
  queryable: Queryable,
  { node, rulesHash, now, ttlMs }: NodeHeartbeat,
): Promise<readonly string[]> {
  await queryable.count(forgetDead, [now]);
  await queryable.count(rememberNode, [node, rulesHash, now + ttlMs]);
  const rows = await queryable.rows<{ rulesHash: string }>(otherRules, [node, rulesHash]);
  return rows.map((row) => row.rulesHash);
}
