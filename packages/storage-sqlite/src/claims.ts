import type {
  ClaimedEffect,
  EffectClaim,
  NodeHeartbeat,
  SessionClaim,
  Storage,
} from "@hybrid-orchestrator/core";
import type { Statement } from "better-sqlite3";
import type { Connection } from "./connection.js";
import type { SessionKeys } from "./session-keys.js";

type OtherRulesQuery = Parameters<Storage["findSessionsOfOtherRules"]>[0];

interface DueSession {
  readonly sid: number;
  readonly id: string;
}

interface DueEffect extends ClaimedEffect {
  readonly dueAt: number;
}

/**
 * Offers what is due. Nothing is written: the version of the commit that follows decides who did the work, and a lease
 * is part of the commit that begins an effect. So a look at an idle database is a probe of an index.
 */
export function prepareClaims({ db }: Connection, keys: SessionKeys) {
  const dueSessions = db.prepare<[number, number], DueSession>(
    "SELECT sid, id FROM sessions WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT ?",
  );
  const dueSessionsExcept = db.prepare<[number, string, number], DueSession>(
    `SELECT sid, id FROM sessions WHERE due_at IS NOT NULL AND due_at <= ?
         AND rules_hash NOT IN (SELECT value FROM json_each(?)) ORDER BY due_at LIMIT ?`,
  );

  const mayChange = "status <> 'completed' AND status <> 'cancelled' AND status <> 'expired'";
  const nextRules = db
    .prepare<[string], string>(
      `SELECT rules_hash FROM sessions WHERE ${mayChange} AND rules_hash > ? ORDER BY rules_hash LIMIT 1`,
    )
    .pluck();
  const sessionsOfRules = db
    .prepare<[string, number], string>(
      `SELECT id FROM sessions WHERE ${mayChange} AND rules_hash = ? LIMIT ?`,
    )
    .pluck();

  const dueEffects = db.prepare<[string, number, number], DueEffect>(
    `SELECT e.id, s.id AS sessionId, e.kind, e.lane, e.due_at AS dueAt
     FROM effects e CROSS JOIN sessions s ON s.sid = e.sid
     WHERE e.lane = ? AND e.due_at IS NOT NULL AND e.due_at <= ? ORDER BY e.due_at LIMIT ?`,
  );
  const nextLane = db
    .prepare<[string], string>(
      "SELECT lane FROM effects WHERE lane > ? AND due_at IS NOT NULL ORDER BY lane LIMIT 1",
    )
    .pluck();

  const nextSession = db
    .prepare<[], number>("SELECT due_at FROM sessions WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1")
    .pluck();
  const nextOfLane = db
    .prepare<[string], number>(
      "SELECT due_at FROM effects WHERE lane = ? AND due_at IS NOT NULL ORDER BY due_at LIMIT 1",
    )
    .pluck();

  function claimSessions({ now, limit, exceptRules }: SessionClaim): readonly string[] {
    const count = Math.max(limit, 0);
    const due =
      exceptRules.length === 0
        ? dueSessions.all(now, count)
        : dueSessionsExcept.all(now, JSON.stringify(exceptRules), count);
    // Whoever claims loads them next, and need not look their rows up again.
    for (const { sid, id } of due) keys.remember(id, sid);
    return due.map(({ id }) => id);
  }

  function findSessionsOfOtherRules({ rulesHash, exceptRules, limit }: OtherRulesQuery): readonly string[] {
    const found: string[] = [];
    for (const rules of distinct(nextRules)) {
      if (found.length >= limit) break;
      if (rules !== rulesHash && !exceptRules.includes(rules)) {
        found.push(...sessionsOfRules.all(rules, limit - found.length));
      }
    }
    return found;
  }

  function claimEffects({ now, lanes, otherLanes }: EffectClaim): readonly ClaimedEffect[] {
    const named: DueEffect[] = [];
    const others: DueEffect[] = [];
    // Lanes in which something waits, and no others: with nothing to do this is one probe of the index.
    for (const lane of distinct(nextLane)) {
      const count = Object.hasOwn(lanes, lane) ? lanes[lane] : undefined;
      if (count === undefined) others.push(...dueEffects.all(lane, now, Math.max(otherLanes, 0)));
      else named.push(...dueEffects.all(lane, now, Math.max(count, 0)));
    }
    others.sort((a, b) => a.dueAt - b.dueAt);
    return [...named, ...others.slice(0, Math.max(otherLanes, 0))].map(toClaimed);
  }

  function nextWakeAt(): { readonly sessions: number | null; readonly effects: number | null } {
    let effects: number | null = null;
    for (const lane of distinct(nextLane)) {
      const dueAt = nextOfLane.get(lane) ?? null;
      if (dueAt !== null && (effects === null || dueAt < effects)) effects = dueAt;
    }
    return { sessions: nextSession.get() ?? null, effects };
  }

  return { claimSessions, findSessionsOfOtherRules, claimEffects, nextWakeAt };
}

/** The different values of an indexed column, by one probe of the index each. An empty text is not among them. */
function* distinct(next: Statement<[string], string>): Generator<string> {
  let value = next.get("");
  while (value !== undefined) {
    yield value;
    value = next.get(value);
  }
}

function toClaimed({ id, sessionId, kind, lane }: DueEffect): ClaimedEffect {
  return { id, sessionId, kind, lane };
}

/** Keeps the list of living nodes. To be called inside a write transaction. */
export function prepareHeartbeat({ db }: Connection) {
  const forgetDead = db.prepare("DELETE FROM nodes WHERE expires_at <= ?");
  const remember = db.prepare("INSERT OR REPLACE INTO nodes (node, rules_hash, expires_at) VALUES (?, ?, ?)");
  const otherRules = db
    .prepare<[string, string], string>(
      "SELECT DISTINCT rules_hash FROM nodes WHERE node <> ? AND rules_hash <> ?",
    )
    .pluck();

  return ({ node, rulesHash, now, ttlMs }: NodeHeartbeat): readonly string[] => {
    forgetDead.run(now);
    remember.run(node, rulesHash, now + ttlMs);
    return otherRules.all(node, rulesHash);
  };
}
