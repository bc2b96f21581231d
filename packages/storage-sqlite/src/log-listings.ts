import type { Activity, ActivityQuery, Firing, FiringQuery, Page } from "@hybrid-orchestrator/core";
import type { Connection } from "./connection.js";
import { checkedLimit, readCursor } from "./cursors.js";
import {
  type ActivityRow,
  activityColumns,
  type FiringRow,
  firingColumns,
  toActivity,
  toFiring,
} from "./log-rows.js";
import { toPage } from "./pages.js";
import { direction, listParameter, statementCache, where } from "./query.js";

/** Lists what sessions have logged: activities of one, firings of one or of all. */
export function prepareLogListings({ db, values }: Connection) {
  const statement = statementCache(db);
  const sidOf = db.prepare<[string], number>("SELECT sid FROM sessions WHERE id = ?").pluck();

  function listActivities(query: ActivityQuery): Page<Activity> {
    const { sessionId, types, actors, afterSeq, order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const towards = direction(order);
    const listing = `activities:${order}`;
    const [lastSeq] = readCursor(listing, query.cursor, 1);
    const { sql, parameters } = where(
      ["a.sid = ?", sidOf.get(sessionId) ?? null],
      ["a.seq > ?", afterSeq],
      [`a.seq ${towards.after} ?`, lastSeq],
      ["a.type IN (SELECT value FROM json_each(?))", listParameter(types)],
      ["a.actor IN (SELECT value FROM json_each(?))", listParameter(actors)],
    );
    const select = statement(
      `SELECT ${activityColumns} FROM activities a WHERE ${sql} ORDER BY a.seq ${towards.sql} LIMIT ?`,
    );
    return toPage(select.raw().all(...parameters, limit + 1) as ActivityRow[], limit, {
      listing,
      keysOf: ([seq]) => [seq],
      toItem: (row) => toActivity(row, sessionId, values),
    });
  }

  function listFirings(query: FiringQuery): Page<Firing> {
    const { sessionId, trigger, order = "asc" } = query;
    const limit = checkedLimit(query.limit);
    const towards = direction(order);
    const listing = `firings:${order}`;
    const [lastPosition] = readCursor(listing, query.cursor, 1);
    const { sql, parameters } = where(
      ["f.sid = ?", sessionId === undefined ? undefined : (sidOf.get(sessionId) ?? null)],
      ["f.trigger = ?", trigger],
      [`f.position ${towards.after} ?`, lastPosition],
    );
    const select = statement(
      `SELECT f.position, s.id, ${firingColumns} FROM firings f CROSS JOIN sessions s ON s.sid = f.sid
       WHERE ${sql} ORDER BY f.position ${towards.sql} LIMIT ?`,
    );
    type Row = readonly [position: number, sessionId: string, ...FiringRow];
    return toPage(select.raw().all(...parameters, limit + 1) as Row[], limit, {
      listing,
      keysOf: ([position]) => [position],
      toItem: ([, id, ...row]) => toFiring(row, id, values),
    });
  }

  return { listActivities, listFirings };
}
